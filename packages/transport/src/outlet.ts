import { ensureChannel, FunnelError, MailboxWriter, type Channel } from '@pino-funnel/channel'
import { mkdirSync } from 'node:fs'
import { Intake } from './intake.ts'
import { Launcher } from './launcher.ts'
import { ListenerLink } from './listener-link.ts'
import type { ResolvedOptions } from './options.ts'
import { identifyWorker } from './worker-identity.ts'

/**
 * A mailbox and its link to the listener. All destinations of one thread for one file share an outlet, so that they
 * keep their order among each other.
 */
export class Outlet {
  readonly #options: ResolvedOptions
  readonly #onTrouble: (error: FunnelError) => void
  #mailbox: MailboxWriter
  #intake: Intake
  #link: ListenerLink
  #users = 0

  private constructor(options: ResolvedOptions, onTrouble: (error: FunnelError) => void) {
    this.#options = options
    this.#onTrouble = onTrouble
    const { mailbox, intake, link } = this.#open()
    this.#mailbox = mailbox
    this.#intake = intake
    this.#link = link
  }

  /**
   * @throws FunnelError `FUNNEL_CHANNEL_*`, `FUNNEL_SOCKET_*`, `FUNNEL_MAPPING_UNAVAILABLE`, or the system's error when
   * the channel has no room
   */
  static acquire(options: ResolvedOptions, onTrouble: (error: FunnelError) => void): Outlet {
    const outlet = outlets.get(keyOf(options)) ?? new Outlet(options, onTrouble)
    outlets.set(keyOf(options), outlet)
    outlet.#users += 1
    return outlet
  }

  get mailbox(): MailboxWriter {
    return this.#mailbox
  }

  get intake(): Intake {
    return this.#intake
  }

  get link(): ListenerLink {
    return this.#link
  }

  /** Lets go of the outlet, once for each time it was acquired; the last one to do so seals the mailbox. */
  release(): void {
    this.#users -= 1
    if (this.#users > 0) return
    outlets.delete(keyOf(this.#options))
    this.#close()
  }

  #open(): { mailbox: MailboxWriter; intake: Intake; link: ListenerLink } {
    const options = this.#options
    const channel = ensureChannel(options.channelRoot, options.logDirectory)
    const identity = identifyWorker(options.fileName, options.log, options.sync)
    const mailbox = new MailboxWriter(channel, identity, options.form, options.limits)
    const intake = new Intake(mailbox, options.overflow, options.blockTimeout)
    const link = new ListenerLink(channel, mailbox, launcherFor(channel, options.linger, this.#onTrouble), {
      trouble: this.#onTrouble,
      mailboxGone: () => this.#renew(),
    })
    return { mailbox, intake, link }
  }

  /**
   * Somebody has moved or deleted the log directory or the channel under way: makes them anew, and goes on in a new
   * mailbox. What waited in the old one went with it.
   */
  #renew(): void {
    this.#onTrouble(mailboxGone(this.#mailbox.directory))
    try {
      if (this.#options.mkdir) mkdirSync(this.#options.logDirectory, { recursive: true })
      const { mailbox, intake, link } = this.#open()
      // Only now: a mailbox that is gone still takes records, and may yet be found in a moved directory.
      intake.succeed(this.#intake)
      this.#link.close()
      this.#mailbox.seal()
      this.#mailbox = mailbox
      this.#intake = intake
      this.#link = link
    } catch (error) {
      this.#onTrouble(cannotRenew(this.#options.channelRoot, error))
    }
  }

  #close(): void {
    this.#intake.close()
    this.#link.close()
    this.#mailbox.seal()
  }
}

const outlets = new Map<string, Outlet>()

/** In a worker thread this is the thread's exit. Neither `terminate()` nor a signal comes by here. */
process.on('exit', () => {
  for (const outlet of outlets.values()) outlet.mailbox.noteExit()
})

const launchers = new Map<string, Launcher>()

function keyOf(options: ResolvedOptions): string {
  return `${options.channelRoot}\0${options.fileName}`
}

/** One launcher per channel and thread, so that three log files beside each other don't launch three listeners. */
function launcherFor(channel: Channel, linger: number, onTrouble: (error: FunnelError) => void): Launcher {
  const launcher = launchers.get(channel.root) ?? new Launcher(channel, linger, onTrouble)
  launchers.set(channel.root, launcher)
  return launcher
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
