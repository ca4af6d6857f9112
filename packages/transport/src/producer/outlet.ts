import {
  differencesOf,
  ensureChannel,
  FunnelError,
  MailboxWriter,
  wantStdout,
  type FunnelErrorCode,
} from '@pino-funnel/channel'
import { capturedFs, monotonicNow, timers } from '@pino-funnel/channel/captured'
import { Intake } from './intake.ts'
import { ListenerLink } from '../listener/listener-link.ts'
import type { ResolvedOptions } from '../options/resolve-options.ts'
import { optionsDiffer } from '../listener/options-differ.ts'
import { joinLauncher } from '../listener/shared-launchers.ts'
import { identifyWorker } from '../worker/worker-identity.ts'

export type Tell = (error: FunnelError) => void

type Subject = 'options' | 'files' | 'trouble'

/** What the process was warned of: once is enough. */
export type Warned = Set<Subject>

/** Troubles come and go, and one leads to the next; a configuration that can't do what it should is another matter. */
const SUBJECTS: Readonly<Partial<Record<FunnelErrorCode, Subject>>> = {
  FUNNEL_OPTIONS_DIFFER: 'options',
  FUNNEL_TOO_MANY_LOG_FILES: 'files',
}

/** When the event loop does not turn for so long, a log call looks after the listener. */
const WITHOUT_TURN_MS = 250

interface Opened {
  readonly mailbox: MailboxWriter
  readonly intake: Intake
  readonly link: ListenerLink
  readonly leaveLauncher: () => void
}

/**
 * A mailbox and its link to the listener. All destinations of one thread for one file share an outlet, so that they
 * keep their order among each other.
 */
export class Outlet {
  readonly #options: ResolvedOptions
  /** Of each destination. */
  readonly #users = new Set<Tell>()
  #opened: Opened
  readonly #warned: Warned
  /** The listener's sleep that was rung for; see `Bell`. */
  #rungFor = 0
  #lookDue = false
  /** When the look became due, or was stood in for. */
  #dueSince = 0

  private constructor(options: ResolvedOptions, user: Tell, warned: Warned) {
    this.#options = options
    this.#warned = warned
    this.#users.add(user)
    this.#opened = this.#open()
  }

  /**
   * @param user - is told of trouble; a function of its own for each destination
   * @param warned - shared by outlets that are one matter for who reads the warnings
   * @throws FunnelError `FUNNEL_CHANNEL_*`, `FUNNEL_SOCKET_*`, `FUNNEL_MAPPING_UNAVAILABLE`, or the system's error when
   * the channel has no room
   */
  static acquire(options: ResolvedOptions, user: Tell, warned: Warned = new Set()): Outlet {
    const outlet = outlets.get(keyOf(options)) ?? new Outlet(options, user, warned)
    outlets.set(keyOf(options), outlet)
    outlet.#users.add(user)
    // Its own, when it is new: to compare would only take time.
    const differences = options === outlet.#options ? [] : differencesOf(options.log, outlet.#options.log)
    if (differences.length > 0) outlet.tell(optionsDiffer(differences))
    return outlet
  }

  /** The log file, absolute. */
  get file(): string {
    return `${this.#options.logDirectory}/${this.#options.fileName}`
  }

  get channelRoot(): string {
    return this.#options.channelRoot
  }

  get mailbox(): MailboxWriter {
    return this.#opened.mailbox
  }

  get intake(): Intake {
    return this.#opened.intake
  }

  get link(): ListenerLink {
    return this.#opened.link
  }

  /** Lets go of the outlet, by who has acquired it; the last one to do so seals the mailbox. */
  release(user: Tell): void {
    this.#users.delete(user)
    if (this.#users.size > 0) return
    outlets.delete(keyOf(this.#options))
    this.intake.close()
    close(this.#opened)
  }

  /** Tells every destination of something recoverable, and the process, by a warning, of the first of its kind. */
  tell(error: FunnelError): void {
    for (const user of this.#users) user(error)
    const subject = SUBJECTS[error.code] ?? 'trouble'
    if (this.#warned.has(subject)) return
    this.#warned.add(subject)
    process.emitWarning(error.message, { code: error.code, type: 'PinoFunnelWarning' })
  }

  /** Lets the listener know that there is something to collect, if it wants to know. */
  wake(): void {
    const { bell } = this.mailbox
    if (!bell.isCheapToRead) this.#lookLater()
    else this.#ringOnce(bell.sleepNumber())
  }

  #ringOnce(sleep: number): void {
    if (sleep === 0 || sleep === this.#rungFor) return
    this.#rungFor = sleep
    this.link.ring()
  }

  /** Looking at a plain bell costs a system call, so that it is done once per turn of the event loop. */
  #lookLater(): void {
    if (this.#lookDue) {
      this.#standIn()
      return
    }
    this.#lookDue = true
    this.#dueSince = monotonicNow()
    timers
      .setImmediate(() => {
        this.#lookDue = false
        this.#ringOnce(this.mailbox.bell.sleepNumber())
      })
      .unref()
  }

  /**
   * The event loop has not turned since the look became due. In threads of piscina and tinypool it may never do so, since
   * they wait for their next task without it; and the link can't notice that the listener has gone.
   */
  #standIn(): void {
    const now = monotonicNow()
    if (now - this.#dueSince < WITHOUT_TURN_MS) return
    this.#dueSince = now
    this.link.assureListener()
  }

  #open(): Opened {
    const options = this.#options
    const channel = ensureChannel(options.channelRoot, options.logDirectory)
    const identity = identifyWorker(options.fileName, options.log, options.sync)
    const mailbox = new MailboxWriter(channel, identity, options.form, options.limits)
    const intake = new Intake(mailbox, options.overflow, options.blockTimeout)
    const tell = (error: FunnelError): void => this.tell(error)
    const stdout = wantStdout(options.log.sinks) ? 'inherit' : 'ignore'
    const { launcher, leave } = joinLauncher(channel, { linger: options.linger, stdout }, tell)
    const link = new ListenerLink(channel, mailbox, launcher, { trouble: tell, mailboxGone: () => this.#renew() })
    return { mailbox, intake, link, leaveLauncher: leave }
  }

  /**
   * Somebody has moved or deleted the log directory or the channel under way: makes them anew, and goes on in a new
   * mailbox. What waited in the old one went with it, and who waits for a flush of it waits in vain.
   */
  #renew(): void {
    const former = this.#opened
    const gone = mailboxGone(former.mailbox.directory)
    this.tell(gone)
    try {
      if (this.#options.mkdir) capturedFs.mkdirSync(this.#options.logDirectory, { recursive: true })
      this.#opened = this.#open()
      this.#rungFor = 0
      // Only now: a mailbox that is gone still takes records, and may yet be found in a moved directory.
      this.intake.succeed(former.intake)
      former.link.failFlushes(gone)
      close(former)
    } catch (error) {
      this.tell(cannotRenew(this.#options.channelRoot, error))
    }
  }
}

/** All but the intake: what that has not told the log yet may go on in another one. */
function close({ link, mailbox, leaveLauncher }: Opened): void {
  link.close()
  mailbox.seal()
  leaveLauncher()
}

const outlets = new Map<string, Outlet>()

/** In a worker thread this is the thread's exit. Neither `terminate()` nor a signal comes by here. */
process.on('exit', (code) => {
  // One look for each channel is enough, by somebody who still has a mailbox there.
  const links = new Map<string, ListenerLink>()
  for (const { channelRoot, mailbox, link } of outlets.values()) {
    mailbox.noteExit(code)
    if (link.mailboxIsThere()) links.set(channelRoot, link)
  }
  for (const link of links.values()) assureListener(link)
})

/** Who has not yielded for a while may not know that its listener has gone, and nobody else may come to start one. */
function assureListener(link: ListenerLink): void {
  try {
    link.assureListener()
  } catch {
    // What an application throws when it is told of trouble must not change how it ends.
  }
}

function keyOf(options: ResolvedOptions): string {
  return `${options.channelRoot}\0${options.fileName}`
}

function mailboxGone(mailbox: string): FunnelError {
  return new FunnelError(
    'FUNNEL_MAILBOX_GONE',
    `The mailbox ${mailbox} was moved or deleted while it was in use. Records go to a new one from now on; ` +
      `what waited in a moved log directory can be written with: pino-funnel recover <log directory>`,
  )
}

function cannotRenew(root: string, cause: unknown): FunnelError {
  return new FunnelError('FUNNEL_MAILBOX_GONE', `No new mailbox can be made in ${root} yet: ${String(cause)}`, {
    cause,
  })
}
