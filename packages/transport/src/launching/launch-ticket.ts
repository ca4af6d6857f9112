/**
 * Launch tickets: of many workers that miss the listener together, one starts it.
 *
 * A worker takes the ticket `launch.<epoch>.<attempt>` by creating the file. The file has two lines: the
 * worker that took it, then the process that it started, each by its pid and its start (`processStart`). In another
 * container a process may have the same pid.
 *
 *   taken ── a process was started ──→ started ── elected: the listener removes all tickets
 *     │                                   └────── ended without being elected, or stopped ──→ abandoned
 *     └── no process could be started, or the taker ended ──→ abandoned
 *
 * The next attempt is a ticket of its own. The first attempts follow each other at once: a killed listener has to be
 * replaced. Later ones wait, longer each time.
 */
import {
  Backoff,
  launchTicketName,
  openPrivateFile,
  parseLaunchTicketName,
  processIsGone,
  processIsStopped,
  processStart,
  systemCode,
} from '@pino-funnel/channel'
import { capturedFs, monotonicNow, wallNow } from '@pino-funnel/channel/captured'
import { join } from 'node:path'

const { closeSync, constants, openSync, readdirSync, readFileSync, statSync, unlinkSync, writeSync } = capturedFs

/** From taking a ticket to having started a process, on a very busy machine. */
const STARTING_MS = 10_000
/** Between launches of one worker while the disk has no room for tickets. */
const WITHOUT_TICKET_MS = 2000
/** A process that has not been elected for so long does not count any longer. */
const LONGEST_MS = 30_000
/** Attempts that follow each other without a pause. */
const ATTEMPTS_AT_ONCE = 3
const FIRST_PAUSE_MS = 500
const PAUSES = new Backoff(FIRST_PAUSE_MS, LONGEST_MS)

/** Stands in a ticket for the pid of a process that could not be started. */
const NOT_STARTED = 0

/** A ticket that this worker has taken. */
export interface LaunchTicket {
  readonly epoch: number
  readonly attempt: number
  /** The file's name in the channel. */
  readonly name: string
  readonly path: string
}

export class LaunchTickets {
  readonly #root: string
  #withoutTicketUntil = 0

  /** @param root - the channel's directory */
  constructor(root: string) {
    this.#root = root
  }

  /**
   * Takes the next ticket for an epoch.
   *
   * @returns `undefined` while another attempt may still lead to a listener, or failed recently
   */
  take(epoch: number): LaunchTicket | undefined {
    const last = this.#lastAttempt(epoch)
    if (last !== undefined && this.#isUnderWay(epoch, last)) return undefined
    const ticket = this.#ticket(epoch, last === undefined ? 0 : last + 1)
    return this.#create(ticket.path) ? ticket : undefined
  }

  /**
   * How many processes in a row were started for an epoch and have ended without being elected, and when the ticket for
   * the last one was taken, in ms since the epoch; `undefined` while one of them may still be. What it has reported is
   * younger than its ticket. It may be older than the note of its pid, which a busy worker makes late.
   */
  abandoned(epoch: number): { readonly attempts: number; readonly since: number } | undefined {
    const last = this.#lastAttempt(epoch)
    const contents = last === undefined ? undefined : readTicket(this.#ticket(epoch, last).path)
    if (last === undefined || !contents?.started || !isGone(contents.started)) return undefined
    return { attempts: last + 1, since: contents.taken }
  }

  /** Best effort: a ticket too many is removed by the next listener. */
  remove({ path }: LaunchTicket): void {
    try {
      unlinkSync(path)
    } catch {
      // It was removed already, or the disk is currently read-only.
    }
  }

  /**
   * Removes the abandoned ticket of the attempt before. That of a process which is stopped stays: it may have been
   * elected, without a record yet, and then nothing else names it.
   */
  removeFormer({ epoch, attempt }: LaunchTicket): void {
    if (attempt === 0) return
    const former = this.#ticket(epoch, attempt - 1)
    const started = readTicket(former.path)?.started
    if (started && started.pid !== NOT_STARTED && !isGone(started)) return
    this.remove(former)
  }

  #ticket(epoch: number, attempt: number): LaunchTicket {
    const name = launchTicketName(epoch, attempt)
    return { epoch, attempt, name, path: join(this.#root, name) }
  }

  #lastAttempt(epoch: number): number | undefined {
    try {
      const tickets = readdirSync(this.#root).map(parseLaunchTicketName)
      const attempts = tickets.flatMap((ticket) => (ticket?.epoch === epoch ? [ticket.attempt] : []))
      return attempts.length === 0 ? undefined : Math.max(...attempts)
    } catch {
      return undefined
    }
  }

  /** Whether the attempt may still lead to a listener, or failed so recently that the next one has to wait. */
  #isUnderWay(epoch: number, attempt: number): boolean {
    const contents = readTicket(this.#ticket(epoch, attempt).path)
    if (!contents || contents.age > LONGEST_MS) return false
    const { taker, started, age } = contents
    if (started === undefined) return age < STARTING_MS && (taker === undefined || !isGone(taker))
    if (started.pid === NOT_STARTED) return false
    // One that is stopped takes part in the election when it goes on, if there is no listener by then.
    const isComing = !isGone(started) && !processIsStopped(started.pid, started.start)
    return isComing || age < pauseAfter(attempt)
  }

  #create(path: string): boolean {
    try {
      closeSync(openPrivateFile(path, 'wx'))
      notePid(path, process.pid)
      return true
    } catch (error) {
      const code = systemCode(error)
      // Another worker has it, or the channel has gone.
      if (code === 'EEXIST' || code === 'ENOENT') return false
      // A disk without room for a ticket must not keep the listener from starting.
      const now = monotonicNow()
      if (now < this.#withoutTicketUntil) return false
      this.#withoutTicketUntil = now + WITHOUT_TICKET_MS
      return true
    }
  }
}

/** @param pid - of the process that was started; `undefined` when none could be */
export function noteStarted({ path }: LaunchTicket, pid: number | undefined): void {
  notePid(path, pid ?? NOT_STARTED)
}

/** The pause after an attempt, counted from 0, that led to no listener; in ms. */
export function pauseAfter(attempt: number): number {
  const withPause = attempt + 1 - ATTEMPTS_AT_ONCE
  return withPause < 0 ? 0 : PAUSES.delayAfter(withPause)
}

interface NotedProcess {
  readonly pid: number
  readonly start: string
}

interface TicketContents {
  /** The worker that took it; `undefined` while it has not written its pid. */
  readonly taker: NotedProcess | undefined
  /** The process that it started; `undefined` while it is starting one. */
  readonly started: NotedProcess | undefined
  /** When it was taken, in ms since the epoch. */
  readonly taken: number
  /** Ms since the last line was written. A clock that was set back makes it old, too. */
  readonly age: number
}

function readTicket(path: string): TicketContents | undefined {
  try {
    const [taker, started] = readFileSync(path, 'utf8').split('\n', 2)
    const { birthtimeMs, mtimeMs } = statSync(path)
    // Some file systems know no birth times.
    const taken = birthtimeMs > 0 ? birthtimeMs : mtimeMs
    return { taker: processIn(taker), started: processIn(started), taken, age: Math.abs(wallNow() - mtimeMs) }
  } catch {
    return undefined
  }
}

function processIn(line: string | undefined): NotedProcess | undefined {
  if (line === undefined || line === '') return undefined
  const [pid, start = ''] = line.split(' ')
  return { pid: Number(pid), start }
}

function isGone({ pid, start }: NotedProcess): boolean {
  return processIsGone(pid, start)
}

function notePid(path: string, pid: number): void {
  try {
    // Never created here: a listener that was elected in the meantime has deleted it.
    const descriptor = openSync(path, constants.O_WRONLY | constants.O_APPEND)
    try {
      writeSync(descriptor, `${pid} ${processStart(pid)}\n`)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // The others wait as for a process that is about to be started.
  }
}
