/**
 * The state of a channel, as the listener reports it and as it lies on the disk.
 *
 * What always holds in this room: gathering changes nothing in the channel. A listener that does not answer delays the
 * report, and never prevents it.
 */
import { mappingObstacle, readListenerRecord, type Channel, type ListenerStatus } from '@pino-funnel/channel'
import { holdReports, type HoldReport } from './hold-reports.ts'
import { ask, findListener } from './listener-client.ts'
import { shipReports, type ShipReport } from './ship-reports.ts'
import {
  damagedMailboxes,
  storedMailboxes,
  withWaiting,
  type DamagedMailbox,
  type MailboxReport,
} from './stored-mailboxes.ts'
import type { WaitingMeter } from './waiting-meter.ts'

type AnsweringListener = Omit<ListenerStatus, 'mailboxes'> & { readonly answers: true }
type SilentListener = { readonly pid: number; readonly epoch: number; readonly answers: false }

/** The object that `status --json` prints. */
export interface StatusReport {
  readonly channel: string
  readonly logDirectory: string
  /**
   * `null` without a listener. A listener that is stopped (SIGSTOP) or hangs at the disk exists and does not answer.
   */
  readonly listener: AnsweringListener | SilentListener | null
  /** As the listener sees them; without an answer, as they lie on the disk (`liveness: 'unknown'`). */
  readonly mailboxes: readonly MailboxReport[]
  /** Mailboxes whose header can't be read. Their records are not in the log; the listener leaves them alone. */
  readonly damaged: readonly DamagedMailbox[]
  /** Readers that hold files, see docs/looking.md. */
  readonly holds: readonly HoldReport[]
  /** Shippers that have a state in the channel, see docs/ship.md. */
  readonly shippers: readonly ShipReport[]
  /** Why mailboxes can't be written through mapped memory here; `null` when they can. */
  readonly mapping: string | null
}

export interface GatherOptions {
  /** Does not wait for the listener any longer. */
  readonly signal?: AbortSignal | undefined
  /** For one report after another: mailboxes stay open, and those that the listener reads count as sound. */
  readonly meter?: WaitingMeter
}

export async function gatherStatus(channel: Channel, { signal, meter }: GatherOptions = {}): Promise<StatusReport> {
  const epoch = await findListener(channel)
  const answer = epoch === undefined ? undefined : await ask(channel, epoch, { type: 'status' }, 'status', signal)
  const base = {
    channel: channel.root,
    logDirectory: channel.logDirectory,
    damaged: damagedMailboxes(channel, new Set(meter && answer?.status.mailboxes.map(({ id }) => id))),
    holds: holdReports(channel),
    shippers: await shipReports(channel),
    mapping: mappingObstacle(channel.root) ?? null,
  }
  if (!answer) return { ...base, listener: await silentListener(channel), mailboxes: storedMailboxes(channel) }
  const { mailboxes, ...listener } = answer.status
  return {
    ...base,
    listener: { ...listener, answers: true },
    mailboxes: meter ? meter.measure(mailboxes) : mailboxes.map((mailbox) => withWaiting(channel, mailbox)),
  }
}

/** A listener that has not answered has either ended since, or is alive and silent. */
async function silentListener(channel: Channel): Promise<SilentListener | null> {
  const epoch = await findListener(channel)
  const record = readListenerRecord(channel)
  return epoch === undefined || record === undefined ? null : { pid: record.pid, epoch, answers: false }
}
