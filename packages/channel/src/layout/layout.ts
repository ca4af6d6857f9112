/**
 * What lies where in a channel directory.
 *
 * What always holds in this room: a channel is opened only if its directory is a real one, belongs to this user, and
 * can't be entered by another. It is held open, and everything in it is reached by that: an exchange of names changes
 * nothing. It appears whole, by rename, or not at all.
 *
 * ```
 * <log directory>/.pino-funnel/        mode 0700, one per log directory
 *   channel.json                       format version, and the log directory this channel serves
 *   epoch                              number and pid of the listener; by rename        (liveness/listener-record.ts)
 *   L.<epoch>                          the listener's socket; the name is the election  (listener: election.ts)
 *   launch.<epoch>.<attempt>           launch tickets                                   (transport: launch-ticket.ts)
 *   journal                            intents and positions                            (listener: journal.ts)
 *   journal.damaged                    one that had no whole entry
 *   ledger/<log>                       positions of the files of a log                  (ledger: ledger-entry.ts)
 *   holds/<log>/<name>                 what readers have not read                       (ledger: holds.ts)
 *   levels/<id>                        orders of levels for running loggers             (level: level-order.ts)
 *   logs                               names of the log files                           (listener: known-logs.ts)
 *   listener.log                       what listeners wrote to stderr
 *   mailboxes/<id>/                    one per writer                                   (mailbox/)
 *     header                           profile of the writer, bell                      (mailbox/header.ts)
 *     life                             the writer's socket: refused means dead          (liveness/proof.ts)
 *     <sequence>.plain|mapped|free     segments                                         (segment/segment-name.ts)
 *     sealed                           the writer will not write again
 *     next                             the next mapped segment, while it is made        (segment/segment-draft.ts)
 *     left                             the writer's process ended normally, and its code
 *     drops                            how many were dropped and not reported yet       (mailbox/drops.ts)
 *   ship/<name>/<log>/                 how far a shipper has come                       (ship: ship-directory.ts)
 *   tmp/                               things being made; only a rename or link makes them count
 * ```
 */
import { join } from 'node:path'
import { randomHex } from '../captured/random.ts'

/** Name of the channel directory inside the log directory. */
export const CHANNEL_NAME = '.pino-funnel'

/** Major version of everything in the directory. Another major version is refused, never guessed at. */
export const FORMAT_VERSION = 1

const MAILBOX_ID = /^[0-9a-f]{32}$/

/** 128 random bits: never reused, unlike a pid or an inode number. */
export function newMailboxId(): string {
  return randomHex(16)
}

export function isMailboxId(name: string): boolean {
  return MAILBOX_ID.test(name)
}

/** The paths of one channel, to reach it with. All are absolute. */
export interface ChannelLayout {
  readonly directory: string
  readonly description: string
  readonly epoch: string
  readonly journal: string
  readonly levels: string
  readonly logs: string
  readonly listenerLog: string
  readonly mailboxes: string
  readonly tmp: string
}

export function layoutOf(directory: string): ChannelLayout {
  return {
    directory,
    description: join(directory, 'channel.json'),
    epoch: join(directory, 'epoch'),
    journal: join(directory, 'journal'),
    levels: join(directory, 'levels'),
    logs: join(directory, 'logs'),
    listenerLog: join(directory, 'listener.log'),
    mailboxes: join(directory, 'mailboxes'),
    tmp: join(directory, 'tmp'),
  }
}

const LISTENER_SOCKET = /^L\.(\d{1,15})$/

export function listenerSocketName(epoch: number): string {
  return `L.${epoch}`
}

/** The epoch in a listener's socket name, or `undefined` when the name is something else. */
export function epochOfSocketName(name: string): number | undefined {
  const match = LISTENER_SOCKET.exec(name)
  return match ? Number(match[1]) : undefined
}

const LAUNCH_TICKET = /^launch\.(\d{1,15})\.(\d{1,15})$/

export function launchTicketName(epoch: number, attempt: number): string {
  return `launch.${epoch}.${attempt}`
}

/** What a launch ticket is for, or `undefined` when the name is something else. */
export function parseLaunchTicketName(name: string): { epoch: number; attempt: number } | undefined {
  const match = LAUNCH_TICKET.exec(name)
  return match ? { epoch: Number(match[1]), attempt: Number(match[2]) } : undefined
}
