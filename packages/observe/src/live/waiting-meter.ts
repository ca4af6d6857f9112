import { MailboxReader, type Channel, type MailboxStatus } from '@pino-funnel/channel'
import { withWaiting, type MailboxReport } from './stored-mailboxes.ts'

/** Mailboxes whose segments stay open: that makes a reading ten times cheaper, and costs a descriptor. */
const MOST_OPEN = 500

/** Then they are closed: a segment that is deleted keeps its room on the disk while it is open. */
const IDLE_MS = 30_000

const NOTHING_WAITS = { waiting: 0, waitingRecords: 0 }

/**
 * Measures what waits in mailboxes, again and again: each is opened once. A header that is damaged later is noticed only
 * by those who open the mailbox again: `status` and `doctor`.
 */
export class WaitingMeter {
  readonly #channel: Channel
  #isClosed = false
  #idle: NodeJS.Timeout | undefined
  readonly #readers = new Map<string, MailboxReader>()

  constructor(channel: Channel) {
    this.#channel = channel
  }

  /** @param mailboxes - as the listener reports them; others are let go */
  measure(mailboxes: readonly MailboxStatus[]): MailboxReport[] {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#letAllGo(), IDLE_MS).unref()
    const there = new Set(mailboxes.map(({ id }) => id))
    for (const id of this.#readers.keys()) if (!there.has(id)) this.#letGo(id)
    return mailboxes.map((mailbox) => this.#withWaiting(mailbox))
  }

  /** The report that has just been parsed: a copy of each would cost more than to measure it. */
  #withWaiting(mailbox: MailboxStatus): MailboxReport {
    const { id, position, liveness } = mailbox
    // A worker that lives has marked the end of a segment before it goes on in the next one.
    const isMarked = liveness === 'connected'
    try {
      const reader = this.#readers.get(id) ?? this.#open(id)
      if (!reader) return withWaiting(this.#channel, mailbox)
      reader.giveBack(position)
      if (!reader.hasMore(!isMarked)) return Object.assign(mailbox, NOTHING_WAITS)
      const { bytes, records } = reader.measure(!isMarked)
      return Object.assign(mailbox, { waiting: bytes, waitingRecords: records })
    } catch {
      // It was deleted since, or is damaged.
      this.#letGo(id)
      return Object.assign(mailbox, NOTHING_WAITS)
    }
  }

  #open(id: string): MailboxReader | undefined {
    if (this.#isClosed || this.#readers.size >= MOST_OPEN) return undefined
    const reader = new MailboxReader(this.#channel.mailboxes, id)
    this.#readers.set(id, reader)
    return reader
  }

  #letGo(id: string): void {
    this.#readers.get(id)?.close()
    this.#readers.delete(id)
  }

  #letAllGo(): void {
    for (const id of this.#readers.keys()) this.#letGo(id)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#idle)
    this.#letAllGo()
  }
}
