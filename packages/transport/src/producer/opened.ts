import type { Channel, MailboxWriter } from '@pino-funnel/channel'
import { capturedFs } from '@pino-funnel/channel/captured'
import type { ListenerLink } from '../listener/listener-link.ts'
import type { Intake } from './intake.ts'
import type { WakeUp } from './wake-up.ts'
import { onceInThread } from '../worker/once-in-thread.ts'

/** Files of this thread whose last mailbox is known. Those beyond, the oldest, are of no use as a rule. */
const MOST_SEALED = 1000

/** The mailboxes with lines that this thread has sealed last, by channel and log file. */
const sealed = onceInThread('sealed', () => new Map<string, string>())

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

/** The mailbox that was sealed last for a log file, so that its lines come before those of the next one. */
export function sealedBefore(key: string): string | undefined {
  return sealed.get(key)
}

export function noteSealed(key: string, { id }: MailboxWriter): void {
  sealed.delete(key)
  sealed.set(key, id)
  const [oldest] = sealed.keys()
  if (sealed.size > MOST_SEALED && oldest !== undefined) sealed.delete(oldest)
}

/** Closes all but the intake: another intake may take over the drops that it has not reported yet. */
export function close({ channel, link, mailbox, leaveLauncher }: Opened): void {
  link.close()
  mailbox.seal()
  leaveLauncher()
  // Last: all others reach their files by it.
  channel.close()
}
