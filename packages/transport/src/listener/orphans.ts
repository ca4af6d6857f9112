/**
 * As PID 1, as in a container without an init, a process is given the children of those that end before them: listeners
 * that a worker or a thread has started. Node.js waits only for children that it has started itself; these would be
 * zombies from their end on. So they are waited for here, by waitpid(2) through koffi: listeners only, and never one
 * that Node.js itself waits for.
 */
import { capturedFs, loadInstalled, timers } from '@pino-funnel/channel/captured'
import { isMainThread } from 'node:worker_threads'

const { readdirSync, readFileSync } = capturedFs

/** A listener that ends lets go of its socket first. */
const LOOK_MS = 100
const LOOKS = 50

/** As the kernel cuts the title of a listener, with the state of a zombie and PID 1 for its parent: proc(5). */
const ZOMBIE = /^(\d+) \(pino-funnel lis\) Z 1 /
const WNOHANG = 1

interface Koffi {
  load(library: null): { func(name: string, result: string, parameters: string[]): WaitPid }
}
type WaitPid = (pid: number, status: null, options: number) => number

const own = new Set<number>()
let waitPid: WaitPid | undefined

/** Says that Node.js will wait for this process. */
export function isOwnChild(pid: number): void {
  own.add(pid)
}

/** To be called when a listener has ended. Best effort: without koffi, or /proc, they stay. */
export function reapOrphans(looks: number = LOOKS): void {
  if (process.pid !== 1 || !isMainThread || looks === 0) return
  try {
    for (const pid of zombies()) waitFor(pid)
  } catch {
    return
  }
  timers.setTimeout(() => reapOrphans(looks - 1), LOOK_MS).unref()
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
