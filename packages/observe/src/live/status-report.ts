/**
 * The state of a channel, as the listener reports it and as it lies on the disk.
 *
 * What always holds in this room: gathering changes nothing in the channel. A listener that does not answer delays the
 * report, and never prevents it.
 */
import { mappingObstacle, readListenerRecord, type Channel, type ListenerStatus } from '@pino-funnel/channel'
import { holdReports, type HoldReport } from './hold-reports.ts'
import { findListener } from './listener-client.ts'
import { ListenerLine } from './listener-line.ts'
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
  /** What stays open, for one report after another. */
  readonly kept?: KeptOpen
}

export interface KeptOpen {
  readonly line: ListenerLine
  /** Mailboxes that the listener reads count as sound. */
  readonly meter: WaitingMeter
}

export async function gatherStatus(channel: Channel, { signal, kept }: GatherOptions = {}): Promise<StatusReport> {
  const line = kept?.line ?? new ListenerLine(channel)
  const status = await line.status(signal)
  const isConnected = line.isConnected
  if (!kept) line.close()
  const base = {
    channel: channel.root,
    logDirectory: channel.logDirectory,
    damaged: damagedMailboxes(channel, new Set(kept && status?.mailboxes.map(({ id }) => id))),
    holds: holdReports(channel),
    shippers: await shipReports(channel, status),
    mapping: mappingObstacle(channel.root) ?? null,
  }
  if (!status) {
    return { ...base, listener: await silentListener(channel, isConnected), mailboxes: storedMailboxes(channel) }
  }
  const { mailboxes, ...listener } = status
  return {
    ...base,
    listener: { ...listener, answers: true },
    mailboxes: kept ? kept.meter.measure(mailboxes) : mailboxes.map((mailbox) => withWaiting(channel, mailbox)),
  }
}

/**
 * A listener that has not answered has either ended since, or is alive and silent.
 *
 * @param isConnected - known to live: a further connection would stay in its queue until it goes on
 */
async function silentListener(channel: Channel, isConnected: boolean): Promise<SilentListener | null> {
  const record = readListenerRecord(channel)
  const epoch = isConnected ? record?.epoch : await findListener(channel)
  return epoch === undefined || record === undefined ? null : { pid: record.pid, epoch, answers: false }
}
