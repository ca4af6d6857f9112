import type { Channel, MailboxWriter } from '@pino-funnel/channel'
import { capturedFs } from '@pino-funnel/channel/captured'
import type { ListenerLink } from '../listener/listener-link.ts'
import type { Intake } from './intake.ts'
import type { WakeUp } from './wake-up.ts'

/** Parts of an outlet that last as long as one mailbox. */
export interface Opened {
  readonly channel: Channel
  readonly mailbox: MailboxWriter
  readonly intake: Intake
  readonly link: ListenerLink
  readonly wakeUp: WakeUp
  readonly leaveLauncher: () => void
}

/** Whether the name leads to the former channel again: another user may have exchanged it for an instant. */
export function isBack({ channel, mailbox }: Opened, found: Channel): boolean {
  return found.identity === channel.identity && capturedFs.existsSync(mailbox.directory)
}

/** Closes all but the intake: another intake may take over the drops that it has not reported yet. */
export function close({ channel, link, mailbox, leaveLauncher }: Opened): void {
  link.close()
  mailbox.seal()
  leaveLauncher()
  // Last: all others reach their files by it.
  channel.close()
}
