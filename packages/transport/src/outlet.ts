import { ensureChannel, MailboxWriter, type Channel, type FunnelError } from '@pino-funnel/channel'
import { Intake } from './intake.ts'
import { Launcher } from './launcher.ts'
import { ListenerLink } from './listener-link.ts'
import type { ResolvedOptions } from './options.ts'
import { identifyWorker } from './worker-identity.ts'

/**
 * A mailbox and its link to the listener. All destinations of one thread for one file share an outlet, so that they
 * keep their order among each other.
 */
export interface Outlet {
  readonly mailbox: MailboxWriter
  readonly intake: Intake
  readonly link: ListenerLink
  /** Lets go of the outlet; the last one to do so seals the mailbox. */
  release(): void
}

interface SharedOutlet {
  readonly mailbox: MailboxWriter
  readonly intake: Intake
  readonly link: ListenerLink
  users: number
}

const outlets = new Map<string, SharedOutlet>()
const launchers = new Map<string, Launcher>()

/**
 * @throws FunnelError `FUNNEL_CHANNEL_*`, `FUNNEL_SOCKET_*`, `FUNNEL_MAPPING_UNAVAILABLE`, or the system's error when
 * the channel has no room
 */
export function acquireOutlet(options: ResolvedOptions, onTrouble: (error: FunnelError) => void): Outlet {
  const key = `${options.channelRoot}\0${options.fileName}`
  const shared = outlets.get(key) ?? openOutlet(options, onTrouble)
  outlets.set(key, shared)
  shared.users += 1
  let released = false
  return {
    mailbox: shared.mailbox,
    intake: shared.intake,
    link: shared.link,
    release: () => {
      if (released) return
      released = true
      shared.users -= 1
      if (shared.users > 0) return
      outlets.delete(key)
      shared.intake.close()
      shared.link.close()
      shared.mailbox.seal()
    },
  }
}

function openOutlet(options: ResolvedOptions, onTrouble: (error: FunnelError) => void): SharedOutlet {
  const channel = ensureChannel(options.channelRoot, options.logDirectory)
  const identity = identifyWorker(options.fileName, options.fileMode, options.sync)
  const mailbox = new MailboxWriter(channel, identity, options.form, options.limits)
  const link = new ListenerLink(channel, mailbox.id, launcherFor(channel, options.linger, onTrouble), onTrouble)
  const intake = new Intake(mailbox, options.overflow, options.blockTimeout)
  return { mailbox, intake, link, users: 0 }
}

/** One launcher per channel and thread, so that three log files beside each other don't launch three listeners. */
function launcherFor(channel: Channel, linger: number, onTrouble: (error: FunnelError) => void): Launcher {
  const launcher = launchers.get(channel.root) ?? new Launcher(channel, linger, onTrouble)
  launchers.set(channel.root, launcher)
  return launcher
}
