/**
 * PID 1, as in a container without an init, inherits the children of processes that end before them: listeners that a
 * worker or a thread has started. Node.js waits only for children that it has started itself, so an inherited listener
 * would stay a zombie after its end. This module waits for them by waitpid(2): for listeners only, and
 * never for one that Node.js itself waits for.
 */
import { nativeCalls } from '@pino-funnel/channel'
import { capturedFs, timers } from '@pino-funnel/channel/captured'
import { isMainThread } from 'node:worker_threads'

const { readdirSync, readFileSync } = capturedFs

/** A listener closes its socket some time before its process ends. */
const CHECK_MS = 100
const CHECKS = 50

/** As the kernel cuts the title of a listener, with the state of a zombie and PID 1 for its parent: proc(5). */
const ZOMBIE = /^(\d+) \(pino-funnel lis\) Z 1 /

const own = new Set<number>()

/** Marks a process as one that Node.js waits for. */
export function isOwnChild(pid: number): void {
  own.add(pid)
}

/** Call it when a listener has ended. Best effort: without the native package or /proc, zombies stay. */
export function reapOrphans(checks: number = CHECKS): void {
  if (process.pid !== 1 || !isMainThread || checks === 0) return
  try {
    const calls = nativeCalls()
    if (calls instanceof Error) return
    for (const pid of zombies()) calls.reap(pid)
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
