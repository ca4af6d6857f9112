/**
 * What the operating system says about the processes of a run: all processes whose environment has the mark of the run.
 * Children inherit the mark, and so do detached listeners: the CPU of every process counts.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

export const MARK = 'PINO_FUNNEL_BENCH_RUN'

/** @returns {number[]} pids */
export function marked(mark) {
  const entry = `${MARK}=${mark}`
  return pids('/proc').filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(entry))
}

/** User and system time of all its threads, in ns. Threads that have ended no longer count. */
export function cpuOf(pid) {
  return sum(threads(pid).map((thread) => Number(read(`${thread}/schedstat`).split(' ')[0])))
}

/** How often its threads went to sleep, and so were woken up. */
export function wakeUpsOf(pid) {
  return sum(threads(pid).map((thread) => statusOf(thread, 'voluntary_ctxt_switches')))
}

/** Resident memory in bytes: now, and the most so far. */
export function memoryOf(pid) {
  const process = `/proc/${pid}`
  return { now: statusOf(process, 'VmRSS') * 1024, most: statusOf(process, 'VmHWM') * 1024 }
}

export function descriptorsOf(pid) {
  return pids(`/proc/${pid}/fd`).length
}

/** Kills every process of the run, including those that are started meanwhile, and waits until they are gone. */
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
    // It has ended by itself.
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

/** Empty when the process has ended. */
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
