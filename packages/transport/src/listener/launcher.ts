/**
 * Starting a listener when there is none.
 *
 * Who is the listener is settled by the election, in the listener. Launching only has to be frugal: of 64 workers that
 * start together, one takes the ticket `launch.<epoch>.<attempt>`, by creating it, and starts a process. The ticket
 * tells both their pids, a line each, and the others wait while the last of them lives. When it is gone without having
 * been elected, the next attempt has a ticket of its own; there is a pause before it when the first ones have failed. Who
 * can start no process at all pauses alone: others may be able to. A listener too many would do no harm: it finds itself
 * not elected, and leaves.
 */
import {
  boundListenerLog,
  FunnelError,
  launchTicketName,
  makePrivate,
  openPrivateFile,
  parseLaunchTicketName,
  processIsGone,
  readListenerRecord,
  systemCode,
  type Channel,
} from '@pino-funnel/channel'
import { capturedFs, monotonicNow, spawn, spawnSync, wallNow } from '@pino-funnel/channel/captured'
import type { SpawnOptions } from 'node:child_process'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { listenerProgram } from './listener-program.ts'
import { isOwnChild } from './orphans.ts'

const { closeSync, constants, existsSync, openSync, readdirSync, readFileSync, statSync, unlinkSync, writeSync } =
  capturedFs

/** From taking a ticket to having started a process, on a machine that is very busy. */
const STARTING_MS = 10_000
/** Between launches of one worker when there is no room for tickets. */
const WITHOUT_TICKET_MS = 2000
/** A process that was not elected for so long does not count any more. */
const LONGEST_MS = 30_000
/** So many attempts follow upon each other without a pause: a listener that was killed is to be replaced at once. */
const ATTEMPTS_AT_ONCE = 3
const FIRST_PAUSE_MS = 500

/** Variables that would make the listener something else than a plain Node.js process of its own. */
const NOT_INHERITED = ['NODE_OPTIONS', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID']

const STDOUT = 1

/** In a ticket, in the place of a pid: no process could be started. */
const NOT_STARTED = 0

const SHELL = '/bin/sh'
/** Starts a command, notes its pid in a file, and ends. Whoever is elected deletes the file, maybe before that. */
const IN_BACKGROUND = '"$@" & [ -e "$0" ] && echo $! >> "$0"'

export interface LaunchOptions {
  /** Ms that the launched listener stays when nobody is left. */
  readonly linger: number
  /** Whether the listener gets this process's stdout, for a sink that writes there. */
  readonly stdout: 'inherit' | 'ignore'
}

export class Launcher {
  readonly #channel: Channel
  readonly #linger: number
  readonly #stdout: number | 'ignore'
  readonly #onFailure: (error: FunnelError) => void
  #withoutTicketUntil = 0
  /** Times in a row that no process could be started. */
  #failures = 0
  #pausedUntil = 0

  /** @param onFailure - told when a listener can't be started; the launcher tries again at the next call, later */
  constructor(channel: Channel, { linger, stdout }: LaunchOptions, onFailure: (error: FunnelError) => void) {
    this.#channel = channel
    this.#linger = linger
    this.#stdout = stdout === 'inherit' ? STDOUT : 'ignore'
    this.#onFailure = onFailure
  }

  /**
   * Starts a listener, unless one is about to be. To be called again and again while there is none.
   *
   * @param gone - the epoch whose listener was found to be gone, 0 when there was none yet
   */
  launch(gone: number): void {
    // Somebody was elected since: to be looked for first.
    if (this.#lastEpoch() > gone || monotonicNow() < this.#pausedUntil) return
    const epoch = gone + 1
    const last = this.#lastAttempt(epoch)
    if (last !== undefined && this.#isUnderWay(epoch, last)) return
    const attempt = last === undefined ? 0 : last + 1
    const ticket = launchTicketName(epoch, attempt)
    if (!this.#take(ticket)) return
    // Whoever was elected meanwhile has removed all tickets, and so made this one possible.
    if (this.#lastEpoch() < epoch) this.#start(ticket)
    else this.#remove(ticket)
    if (last !== undefined) this.#remove(launchTicketName(epoch, last))
  }

  /** Best effort: a ticket too many is removed by whoever is elected. */
  #remove(ticket: string): void {
    try {
      unlinkSync(this.#path(ticket))
    } catch {
      // Somebody else has, or the disk is read-only at present.
    }
  }

  #path(ticket: string): string {
    return join(this.#channel.root, ticket)
  }

  #lastEpoch(): number {
    try {
      return readListenerRecord(this.#channel)?.epoch ?? 0
    } catch {
      return 0
    }
  }

  #lastAttempt(epoch: number): number | undefined {
    try {
      const tickets = readdirSync(this.#channel.root).map(parseLaunchTicketName)
      const attempts = tickets.flatMap((ticket) => (ticket?.epoch === epoch ? [ticket.attempt] : []))
      return attempts.length === 0 ? undefined : Math.max(...attempts)
    } catch {
      return undefined
    }
  }

  /** Whether the attempt may still lead to a listener, or failed so recently that the next one should wait. */
  #isUnderWay(epoch: number, attempt: number): boolean {
    const ticket = readTicket(this.#path(launchTicketName(epoch, attempt)))
    if (!ticket || ticket.age > LONGEST_MS) return false
    const { taker, started, age } = ticket
    if (started === undefined) return age < STARTING_MS && (taker === undefined || !processIsGone(taker, ''))
    if (started === NOT_STARTED) return false
    return !processIsGone(started, '') || age < pauseAfter(attempt)
  }

  #take(ticket: string): boolean {
    try {
      closeSync(openPrivateFile(this.#path(ticket), 'wx'))
      notePid(this.#path(ticket), process.pid)
      return true
    } catch (error) {
      const code = systemCode(error)
      // Somebody else has it, or the channel has gone.
      if (code === 'EEXIST' || code === 'ENOENT') return false
      // Without room for a ticket there may still be room for a process, and logs must flow.
      const now = monotonicNow()
      if (now < this.#withoutTicketUntil) return false
      this.#withoutTicketUntil = now + WITHOUT_TICKET_MS
      return true
    }
  }

  #start(ticket: string): void {
    let stderr: number | 'ignore' = 'ignore'
    try {
      stderr = openLog(this.#channel.listenerLog)
      this.#spawn(ticket, {
        cwd: '/',
        detached: true,
        env: listenerEnvironment(),
        stdio: ['ignore', this.#stdout, stderr],
        windowsHide: true,
      })
    } catch (error) {
      notePid(this.#path(ticket), NOT_STARTED)
      this.#handleFailure(error)
    } finally {
      if (stderr !== 'ignore') closeSync(stderr)
    }
  }

  #spawn(ticket: string, options: SpawnOptions): void {
    const args = [listenerProgram(), this.#channel.root, '--linger', String(this.#linger), '--ticket', ticket]
    if (!isMainThread && existsSync(SHELL)) this.#spawnThroughShell(ticket, args, options)
    else this.#spawnChild(ticket, args, options)
  }

  /**
   * A child that ends after the thread that started it, or after its event loop has turned for the last time, is not
   * waited for by anybody: it would be a zombie as long as the process lives. So a thread lets a shell start the
   * listener, and waits the instant until the shell has ended; no pipe is there that the listener could hold open.
   */
  #spawnThroughShell(ticket: string, args: readonly string[], options: SpawnOptions): void {
    const { error } = spawnSync(SHELL, ['-c', IN_BACKGROUND, this.#path(ticket), process.execPath, ...args], options)
    if (error) throw error
    this.#failures = 0
  }

  #spawnChild(ticket: string, args: readonly string[], options: SpawnOptions): void {
    const child = spawn(process.execPath, args, options)
    child.on('error', (error) => this.#handleFailure(error))
    child.on('spawn', () => (this.#failures = 0))
    child.unref()
    if (child.pid !== undefined) isOwnChild(child.pid)
    notePid(this.#path(ticket), child.pid ?? NOT_STARTED)
  }

  #handleFailure(error: unknown): void {
    this.#pausedUntil = monotonicNow() + pauseAfter(this.#failures)
    this.#failures += 1
    this.#onFailure(launchFailed(error))
  }
}

interface Ticket {
  /** The process that has taken it; `undefined` when it has not got to say so. */
  readonly taker: number | undefined
  /** The process it has started; `undefined` while that is under way. */
  readonly started: number | undefined
  /** Ms since it was taken or noted upon; a clock that was set back makes it old, too. */
  readonly age: number
}

function readTicket(path: string): Ticket | undefined {
  try {
    const [taker, started] = readFileSync(path, 'utf8').split('\n', 2)
    return { taker: pidIn(taker), started: pidIn(started), age: Math.abs(wallNow() - statSync(path).mtimeMs) }
  } catch {
    return undefined
  }
}

function pidIn(line: string | undefined): number | undefined {
  return line === undefined || line === '' ? undefined : Number(line)
}

function notePid(path: string, pid: number): void {
  try {
    // Not made anew: whoever was elected meanwhile has deleted it.
    const descriptor = openSync(path, constants.O_WRONLY | constants.O_APPEND)
    try {
      writeSync(descriptor, `${pid}\n`)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // The others wait as for a process that is about to be started.
  }
}

function pauseAfter(attempt: number): number {
  const inVain = attempt + 1 - ATTEMPTS_AT_ONCE
  return inVain < 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** inVain, LONGEST_MS)
}

function openLog(path: string): number | 'ignore' {
  try {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
    const descriptor = openSync(path, flags, 0o600)
    makePrivate(descriptor)
    boundListenerLog(path, descriptor)
    return descriptor
  } catch {
    return 'ignore'
  }
}

function listenerEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env }
  for (const name of NOT_INHERITED) delete environment[name]
  // In an Electron application, execPath is the application; this makes it behave as Node.js.
  if (process.versions['electron'] !== undefined) environment['ELECTRON_RUN_AS_NODE'] = '1'
  return environment
}

function launchFailed(cause: unknown): FunnelError {
  if (cause instanceof FunnelError) return cause
  return new FunnelError(
    'FUNNEL_LAUNCH_FAILED',
    `pino-funnel can't start its listener (${process.execPath}): ${String(cause)}. ` +
      `Records stay in their mailboxes; the next listener will write them. Trying again.`,
    { cause },
  )
}
