/**
 * A producer writes the lines of one log file for this thread: into a mailbox of its own, through an intake that knows
 * what to do when no more may wait. A wake-up then rings for the listener, over a link to it.
 *
 * What always holds in this room: all destinations of one thread for one file share an outlet, so that their records
 * keep their order. The mailbox, the intake, the wake-up and the link are replaced together when the mailbox was moved
 * or deleted.
 */
import {
  differencesOf,
  ensureChannel,
  FunnelError,
  MailboxWriter,
  nameHeldIn,
  resolveLogTarget,
  systemCode,
  wantStdout,
  type Channel,
  type LogOptions,
} from '@pino-funnel/channel'
import { monotonicNow, nextTick } from '@pino-funnel/channel/captured'
import { optionsDiffer } from '../listener/listener-warnings.ts'
import { ListenerLink } from '../listener/listener-link.ts'
import { joinLauncher } from '../launching/shared-launchers.ts'
import type { ResolvedOptions } from '../options/resolve-options.ts'
import { profileOfWorker } from '../worker/worker-profile.ts'
import { addToExit, removeFromExit, type Exiting } from './exit-hook.ts'
import { FlushOutcome } from './flush-outcome.ts'
import { Intake, type Dropped } from './intake.ts'
import { obeyLevels } from './followers.ts'
import { onceInThread } from '../worker/once-in-thread.ts'
import { close, isBack, noteSealed, sealedBefore, type Opened } from './opened.ts'
import { cannotRenew, mailboxGone, notMade } from './outlet-errors.ts'
import { WakeUp } from './wake-up.ts'
import { Warnings, type Warn, type WarnedSubjects } from './warnings.ts'

/** Ms between two tries of log calls to make a new mailbox. */
const RENEW_PAUSE_MS = 250

/** By channel and log file: of this thread. */
const outlets = onceInThread('outlets', () => new Map<string, Outlet>())

export class Outlet implements Exiting {
  readonly #options: ResolvedOptions
  readonly #warnings: Warnings
  #opened: Opened
  readonly #outcome: FlushOutcome
  /** When a log call has tried to make a new mailbox, by the monotonic clock. */
  #renewedAt = -Infinity

  private constructor(options: ResolvedOptions, warnings: Warnings) {
    this.#options = options
    this.#warnings = warnings
    this.#opened = this.#open(this.#channel(), sealedBefore(keyOf(options)))
    this.#outcome = new FlushOutcome(this.#opened.mailbox.position)
  }

  /**
   * The outlet of this thread for a log file, opened by the first one that needs it.
   *
   * @param warn - takes recoverable errors; a function of its own for each destination
   * @param warned - shared by outlets that need one process warning together
   * @throws FunnelError `FUNNEL_CHANNEL_*`, `FUNNEL_SOCKET_*`, `FUNNEL_MAPPING_UNAVAILABLE`, or `FUNNEL_MAILBOX_NOT_MADE`
   * when the channel has no room
   */
  static acquire(options: ResolvedOptions, warn: Warn, warned: WarnedSubjects = new Set()): Outlet {
    const known = outlets.get(keyOf(options))
    if (!known) return Outlet.#openFor(options, warn, warned)
    known.share(options, warn)
    return known
  }

  /** For a destination that may come of another copy of this module: private fields are of one copy only. */
  private share(options: ResolvedOptions, warn: Warn): void {
    this.#warnings.add(warn)
    const [given, effective] = [options.log, this.#options.log].map(asJson) as [LogOptions, LogOptions]
    const differences = differencesOf(given, effective)
    if (differences.length > 0) this.warn(optionsDiffer(differences))
  }

  static #openFor(options: ResolvedOptions, warn: Warn, warned: WarnedSubjects): Outlet {
    const warnings = new Warnings(warned)
    warnings.add(warn)
    const outlet = Outlet.#openOrExplain(options, warnings)
    outlets.set(keyOf(options), outlet)
    addToExit(outlet)
    return outlet
  }

  static #openOrExplain(options: ResolvedOptions, warnings: Warnings): Outlet {
    try {
      return new Outlet(options, warnings)
    } catch (error) {
      throw error instanceof FunnelError || systemCode(error) === undefined
        ? error
        : notMade(options.channelRoot, error)
    }
  }

  /** The log file, absolute. */
  get file(): string {
    return `${this.#options.logDirectory}/${this.#options.fileName}`
  }

  get channelRoot(): string {
    return this.#options.channelRoot
  }

  /** @returns `undefined` when the line was taken */
  take(line: string): Dropped | undefined {
    const { intake, wakeUp } = this.#opened
    const dropped = intake.take(line)
    if (dropped === undefined) wakeUp.afterWrite()
    return dropped
  }

  /**
   * Takes several lines at once, as far as it has to decide nothing about them.
   *
   * @returns how many of the characters were taken, from the first on: whole lines
   */
  takeBlock(lines: string): number {
    const { intake, wakeUp } = this.#opened
    const taken = intake.takeBlock(lines)
    if (taken > 0) wakeUp.afterWrite()
    return taken
  }

  /** Whether a flush has anything to wait for, or to say: a line was taken, or lost with a mailbox. */
  get hasLines(): boolean {
    const { sequence, offset } = this.#opened.mailbox.position
    return sequence > 1 || offset > 0 || this.#outcome.hasLoss
  }

  /**
   * For the application: as `whenWritten`, and fails also for lines that went with an earlier mailbox. It does so once,
   * since the application knows then.
   *
   * @returns a function that gives the flush up
   */
  flush(done: (error?: FunnelError) => void): () => void {
    const loss = this.#outcome.takeLoss()
    if (!loss) {
      return this.whenWritten((error) => {
        if (error) this.#outcome.noteReported(error)
        done(error)
      })
    }
    nextTick(done, loss)
    return () => {}
  }

  /**
   * Calls `done` once all lines in the mailbox are in the log file, or with an error when that can't happen any longer.
   *
   * @returns a function that gives up waiting
   */
  whenWritten(done: (error?: FunnelError) => void): () => void {
    const { link, mailbox } = this.#opened
    const { position } = mailbox
    return link.flush(position, (error) => {
      if (!error && mailbox === this.#opened.mailbox) this.#outcome.noteWritten(position)
      done(error)
    })
  }

  /** Holds this thread up until all lines taken before are in the log file, for `longest` ms. @returns ms that are left */
  waitUntilCollected(longest: number): number {
    return this.#opened.wakeUp.waitUntilCollected(longest)
  }

  /** Asks the listener to close the log file and open it again. */
  reopen(): void {
    this.#opened.link.reopen()
  }

  /** Lets the loggers of this thread read the orders of levels. */
  obeyLevels(): void {
    obeyLevels(this.#opened.channel)
  }

  warn(error: FunnelError): void {
    this.#warnings.warn(error)
  }

  /** Lets go of the outlet; `warn` is the function that it was acquired with. The last release seals the mailbox. */
  release(warn: Warn): void {
    this.#warnings.remove(warn)
    if (this.#warnings.hasDestinations) return
    outlets.delete(keyOf(this.#options))
    removeFromExit(this)
    if (this.hasLines) noteSealed(keyOf(this.#options), this.#opened.mailbox)
    this.#opened.intake.close()
    close(this.#opened)
  }

  noteExit(code: number): void {
    this.#opened.mailbox.noteExit(code)
  }

  mailboxIsThere(): boolean {
    return this.#opened.link.mailboxIsThere()
  }

  assureListenerAtExit(): void {
    this.#opened.link.assureListener(true)
  }

  #channel(): Channel {
    return ensureChannel(this.#options.channelRoot, this.#options.logDirectory)
  }

  /** @param after - the mailbox that this thread has sealed before */
  #open(channel: Channel, after?: string): Opened {
    try {
      return this.#openIn(channel, after)
    } catch (error) {
      nameHeldIn(error)
      channel.close()
      throw error
    }
  }

  #openIn(channel: Channel, after: string | undefined): Opened {
    const options = this.#options
    const profile = { ...profileOfWorker(options.fileName, options.log, options.sync), after }
    const warn = (error: FunnelError): void => this.warn(error)
    const mailbox = new MailboxWriter(channel, profile, options.form, options.limits, warn)
    const stdout = wantStdout(options.log.sinks) ? 'inherit' : 'ignore'
    const { launcher, leave } = joinLauncher(
      channel,
      { linger: options.linger, stdout, environment: options.listenerEnv },
      warn,
    )
    const link = new ListenerLink(channel, mailbox, launcher, {
      warn,
      mailboxGone: () => this.#renew(),
      obeyLevels: () => obeyLevels(channel),
    })
    const wakeUp = new WakeUp(mailbox, link)
    const intake = new Intake(mailbox, options.overflow, options.blockTimeout, {
      assureListener: () => wakeUp.assureListener(),
      successor: () => this.#successorOf(mailbox),
    })
    return { channel, mailbox, intake, link, wakeUp, leaveLauncher: leave }
  }

  /** For a log call: it has no turn of the event loop to wait for. Not again and again where none can be made. */
  #successorOf(former: MailboxWriter): Intake | undefined {
    const now = monotonicNow()
    if (now - this.#renewedAt < RENEW_PAUSE_MS || this.mailboxIsThere()) return undefined
    this.#renewedAt = now
    this.#renew()
    return this.#opened.mailbox === former ? undefined : this.#opened.intake
  }

  /**
   * The mailbox was moved or deleted, alone or with its channel or the log directory: makes again what is missing, and
   * goes on in a new mailbox. The records that waited in the old one went with it, so flushes fail.
   */
  #renew(): void {
    const former = this.#opened
    try {
      // Another user may have put a link where the directory was.
      if (this.#options.mkdir) resolveLogTarget(this.file, true)
      const channel = this.#channel()
      if (isBack(former, channel)) return channel.close()
      const gone = mailboxGone(former.mailbox.directory)
      this.warn(gone)
      this.#opened = this.#open(channel)
      // Only now: a mailbox that is gone still takes records, and may yet be found in a moved directory.
      this.#opened.intake.takeOver(former.intake)
      this.#outcome.noteGone(former.mailbox.position, this.#opened.mailbox.position, gone)
      former.link.failFlushes(gone)
      close(former)
    } catch (error) {
      this.warn(cannotRenew(this.#options.channelRoot, error))
    }
  }
}

/** As in a header. Objects of another realm would differ, whatever they have. */
function asJson(options: LogOptions): LogOptions {
  return JSON.parse(JSON.stringify(options)) as LogOptions
}

function keyOf(options: ResolvedOptions): string {
  return `${options.channelRoot}\0${options.fileName}`
}
