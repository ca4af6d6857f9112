import {
  FunnelError,
  isMailboxId,
  MailboxReader,
  type Channel,
  type MailboxPosition,
  type MailboxStatus,
} from '@pino-funnel/channel'
import { committedPositions, describeMailbox, type Collected } from '@pino-funnel/listener'
import { readdirSync } from 'node:fs'

export interface MailboxReport extends MailboxStatus {
  /** Bytes that are not in the log file yet. */
  readonly waiting: number
  /** Records that are not in the log file yet. */
  readonly waitingRecords: number
}

export interface DamagedMailbox {
  readonly id: string
  readonly error: string
}

/** The mailboxes as they lie on the disk, read from the positions that the last listener committed. */
export function storedMailboxes(channel: Channel): MailboxReport[] {
  const positions = committedPositions(channel)
  return mailboxIds(channel).flatMap((id) => {
    const collected = positions.get(id)
    return inspect(channel, id, collected, (reader) => describeStored(reader, collected)) ?? []
  })
}

/** A mailbox as the listener reports it, with what waits in it. */
export function withWaiting(channel: Channel, mailbox: MailboxStatus): MailboxReport {
  const waiting = inspect(channel, mailbox.id, mailbox.position, (reader) => reader.measure())
  return { ...mailbox, waiting: waiting?.bytes ?? 0, waitingRecords: waiting?.records ?? 0 }
}

/**
 * Always read from the disk: a listener reports only the mailboxes that it could open.
 *
 * @param known - ids of mailboxes that are known to be sound, and are not read
 */
export function damagedMailboxes(channel: Channel, known: ReadonlySet<string> = new Set()): DamagedMailbox[] {
  return mailboxIds(channel).flatMap((id) => {
    if (known.has(id)) return []
    try {
      new MailboxReader(channel.mailboxes, id).close()
      return []
    } catch (error) {
      // Other errors have other causes: too many open files, or the listener has just deleted the mailbox.
      return error instanceof FunnelError ? [{ id, error: error.message }] : []
    }
  })
}

function mailboxIds(channel: Channel): string[] {
  return readdirSync(channel.mailboxes).filter(isMailboxId)
}

/** @returns what `read` returns, or `undefined` when the mailbox has been deleted since or is damaged */
function inspect<T>(
  channel: Channel,
  id: string,
  position: MailboxPosition | undefined,
  read: (reader: MailboxReader) => T,
): T | undefined {
  try {
    const reader = new MailboxReader(channel.mailboxes, id, position)
    try {
      return read(reader)
    } finally {
      reader.close()
    }
  } catch {
    return undefined
  }
}

function describeStored(reader: MailboxReader, collected: Collected | undefined): MailboxReport {
  const { position } = reader
  // Measured first: it opens the segment, whose form the description names.
  const { bytes: waiting, records: waitingRecords } = reader.measure()
  return {
    ...describeMailbox(reader),
    liveness: 'unknown',
    activity: null,
    position,
    bytes: collected?.bytes ?? 0,
    records: collected?.records ?? 0,
    last: null,
    level: null,
    waiting,
    waitingRecords,
  }
}
