/** What the kernel says about a process: what `ps` and `strace` would show. */
import { fieldsOfStat, pidNamespace, processIsGone, processStart, type RecordedProcess } from '@pino-funnel/channel'
import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'

export interface ProcessState {
  /** `unknown` without /proc, or when the process lives in another PID namespace. */
  readonly state: 'runs' | 'sleeps' | 'hangs' | 'stopped' | 'gone' | 'unknown'
  /** The kernel function in which it sleeps or hangs, where the kernel shows it. */
  readonly waitsIn: string | undefined
}

/** Of the kernel's times: USER_HZ, the same on all machines with Linux that Node.js has binaries for. */
const TICKS_A_SECOND = 100

const UNKNOWN: ProcessState = { state: 'unknown', waitsIn: undefined }

/** By the letter in /proc/<pid>/stat: proc(5). */
const STATES: Readonly<Record<string, ProcessState['state']>> = {
  R: 'runs',
  S: 'sleeps',
  I: 'sleeps',
  D: 'hangs',
  T: 'stopped',
  t: 'stopped',
  Z: 'gone',
  X: 'gone',
}

/** @param start - when the process started, `''` where that is unknown: another process may have its pid by now */
export function processState(recorded: RecordedProcess): ProcessState {
  if (isElsewhere(recorded)) return UNKNOWN
  const { pid, start } = recorded
  if (processIsGone(pid, start)) return { state: 'gone', waitsIn: undefined }
  const stat = readProc(pid, 'stat')
  if (stat === undefined) return UNKNOWN
  const waitsIn = readProc(pid, 'wchan')
  return {
    state: STATES[fieldsOfStat(stat).charAt(0)] ?? 'unknown',
    waitsIn: waitsIn === '0' || waitsIn === '' ? undefined : waitsIn,
  }
}

/** Whether a process is of another PID namespace: here, its pid is that of another process, or of none. */
export function isElsewhere({ pidNamespace: namespace }: RecordedProcess): boolean {
  return namespace !== pidNamespace()
}

/** When the machine started, or the container, which is where its first process did, ms since the epoch. */
export function startOfSystem(): number {
  const ticks = Number(processStart(1))
  return Date.now() - uptime() * 1000 + (ticks * 1000) / TICKS_A_SECOND
}

/** Such as `sleeps in ep_poll`. */
export function describeState({ state, waitsIn }: ProcessState): string {
  if (state === 'unknown') return 'state unknown'
  return waitsIn === undefined || state === 'runs' ? state : `${state} in ${waitsIn}`
}

function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').trim()
  } catch {
    return undefined
  }
}
