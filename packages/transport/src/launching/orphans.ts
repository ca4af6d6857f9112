/**
 * PID 1, as in a container without an init, inherits the children of processes that end before them: listeners that a
 * worker or a thread has started. Node.js waits only for children that it has started itself, so an inherited listener
 * would stay a zombie after its end. This module waits for them by waitpid(2) through koffi: for listeners only, and
 * never for one that Node.js itself waits for.
 */
import { capturedFs, loadInstalled, timers } from '@pino-funnel/channel/captured'
import { isMainThread } from 'node:worker_threads'

const { readdirSync, readFileSync } = capturedFs

/** A listener closes its socket some time before its process ends. */
const CHECK_MS = 100
const CHECKS = 50

/** As the kernel cuts the title of a listener, with the state of a zombie and PID 1 for its parent: proc(5). */
const ZOMBIE = /^(\d+) \(pino-funnel lis\) Z 1 /
const WNOHANG = 1

interface Koffi {
  load(library: null): { func(name: string, result: string, parameters: string[]): WaitPid }
}
type WaitPid = (pid: number, status: null, options: number) => number

const own = new Set<number>()
let waitPid: WaitPid | undefined

/** Marks a process as one that Node.js waits for. */
export function isOwnChild(pid: number): void {
  own.add(pid)
}

/** Call it when a listener has ended. Best effort: without koffi or /proc, zombies stay. */
export function reapOrphans(checks: number = CHECKS): void {
  if (process.pid !== 1 || !isMainThread || checks === 0) return
  try {
    for (const pid of zombies()) waitFor(pid)
  } catch {
    return
  }
  timers.setTimeout(() => reapOrphans(checks - 1), CHECK_MS).unref()
}

function zombies(): number[] {
  return readdirSync('/proc')
    .map(statOf)
    .flatMap((stat) => ZOMBIE.exec(stat)?.[1] ?? [])
    .map(Number)
    .filter((pid) => !own.has(pid))
}

function statOf(name: string): string {
  try {
    return /^\d+$/.test(name) ? readFileSync(`/proc/${name}/stat`, 'utf8') : ''
  } catch {
    return ''
  }
}

function waitFor(pid: number): void {
  waitPid ??= loadWaitPid()
  waitPid(pid, null, WNOHANG)
}

function loadWaitPid(): WaitPid {
  const koffi = loadInstalled('koffi', typeof __filename === 'string' ? __filename : undefined) as Koffi
  return koffi.load(null).func('waitpid', 'int', ['int', 'void *', 'int'])
}
