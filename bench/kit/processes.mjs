/**
 * What the operating system says of the processes of a run: of every process whose environment carries the run's mark.
 * Children inherit it, and so do listeners that are detached: nobody's CPU is forgotten.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

export const MARK = 'PINO_FUNNEL_BENCH_RUN'

/** @returns {number[]} pids */
export function marked(mark) {
  const entry = `${MARK}=${mark}`
  return pids('/proc').filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(entry))
}

/** User and system time of all its threads, in ns. Threads that have ended don't count any more. */
export function cpuOf(pid) {
  return sum(threads(pid).map((thread) => Number(read(`${thread}/schedstat`).split(' ')[0])))
}

/** How often its threads went to sleep, and so were woken. */
export function wakeUpsOf(pid) {
  return sum(threads(pid).map((thread) => statusOf(thread, 'voluntary_ctxt_switches')))
}

/** In bytes: what is resident now, and what was at most. */
export function memoryOf(pid) {
  const process = `/proc/${pid}`
  return { now: statusOf(process, 'VmRSS') * 1024, most: statusOf(process, 'VmHWM') * 1024 }
}

export function descriptorsOf(pid) {
  return pids(`/proc/${pid}/fd`).length
}

/** Kills every process of the run, also those that are started meanwhile, and waits until they are gone. */
export async function endMarked(mark) {
  for (let left = marked(mark); left.length > 0; left = marked(mark)) {
    for (const pid of left) kill(pid)
    await pause(5)
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone by itself.
  }
}

function pids(directory) {
  try {
    return readdirSync(directory)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

function threads(pid) {
  return pids(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`)
}

function statusOf(directory, field) {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(read(`${directory}/status`))?.[1] ?? 0)
}

/** Empty when the process has gone. */
function read(path) {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0)
}
