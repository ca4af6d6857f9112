import { basename } from 'node:path'
import { readFileSync, readlinkSync } from '../captured/fs.ts'
import { systemCode } from '../util/errors.ts'

/**
 * When a process started, in clock ticks since boot (field 22 of /proc/<pid>/stat, proc(5)); `''` where that can't be
 * known. A hint: it distinguishes a reused pid from the original in nearly all cases.
 */
export function processStart(pid: number): string {
  return statFields(pid)?.start ?? ''
}

/** Whether a process is surely gone from this PID namespace, or a zombie. `false` proves nothing. */
export function processIsGone(pid: number, start: string): boolean {
  if (!takesSignals(pid)) return true
  const fields = statFields(pid)
  if (!fields) return false
  return fields.state === 'Z' || fields.state === 'X' || (start !== '' && fields.start !== start)
}

/** Whether a process of this PID namespace is stopped (SIGSTOP, SIGTSTP or a debugger). `false` proves nothing. */
export function processIsStopped(pid: number, start: string): boolean {
  const fields = statFields(pid)
  return fields !== undefined && /^[Tt]$/.test(fields.state) && (start === '' || fields.start === start)
}

/** A process, as it has described itself. */
export interface RecordedProcess {
  readonly pid: number
  /** See `processStart`. */
  readonly start: string
  /** The PID namespace in which `pid` means something; `''` where there are none. */
  readonly pidNamespace: string
}

/**
 * Whether no process of this PID namespace is the one that was recorded. A zombie is not gone: a thread of it may still be
 * in a system call.
 */
export function isProvenGone({ pid, start, pidNamespace: namespace }: RecordedProcess): boolean {
  if (pid <= 0 || namespace !== pidNamespace()) return false
  if (!takesSignals(pid)) return true
  const fields = statFields(pid)
  return fields !== undefined && start !== '' && fields.start !== start
}

function takesSignals(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) !== 'ESRCH'
  }
}

let ownNamespace = ''

/**
 * The PID namespace this process lives in and never leaves, such as `'pid:[4026531836]'`; `''` where there is no /proc.
 */
export function pidNamespace(): string {
  ownNamespace ||= readNamespace()
  return ownNamespace
}

function readNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

/** The kernel's number of the calling thread, in this PID namespace; 0 where that can't be known. */
export function kernelThread(): number {
  try {
    return Number(basename(readlinkSync('/proc/thread-self')))
  } catch {
    return 0
  }
}

/** Identifies one boot of this machine; `''` where that can't be known. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/**
 * The fields of a line of /proc/<pid>/stat from the state on (field 3, proc(5)). The one before is the command in
 * parentheses, and may hold spaces and parentheses itself.
 */
export function fieldsOfStat(line: string): string {
  return line.slice(line.lastIndexOf(')') + 2)
}

function statFields(pid: number): { state: string; start: string } | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  const fields = fieldsOfStat(text).split(' ')
  const state = fields[0]
  const start = fields[19]
  return state !== undefined && start !== undefined ? { state, start } : undefined
}
