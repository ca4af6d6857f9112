import { MailboxReader, type Channel, type MailboxStatus } from '@pino-funnel/channel'
import { withWaiting, type MailboxReport } from './stored-mailboxes.ts'

/** Mailboxes whose segments stay open: that makes a reading ten times cheaper, and costs a descriptor. */
const MOST_OPEN = 500

/** Measures what waits in mailboxes, again and again: each is opened once. */
export class WaitingMeter {
  readonly #channel: Channel
  readonly #readers = new Map<string, MailboxReader>()

  constructor(channel: Channel) {
    this.#channel = channel
  }

  /** @param mailboxes - as the listener reports them; others are let go */
  measure(mailboxes: readonly MailboxStatus[]): MailboxReport[] {
    const there = new Set(mailboxes.map(({ id }) => id))
    for (const id of this.#readers.keys()) if (!there.has(id)) this.#letGo(id)
    return mailboxes.map((mailbox) => this.#withWaiting(mailbox))
  }

  #withWaiting(mailbox: MailboxStatus): MailboxReport {
    const { id, position } = mailbox
    try {
      const reader = this.#readers.get(id) ?? this.#open(id)
      if (!reader) return withWaiting(this.#channel, mailbox)
      reader.giveBack(position)
      const { bytes, records } = reader.measure()
      return { ...mailbox, waiting: bytes, waitingRecords: records }
    } catch {
      // It was deleted since, or is damaged.
      this.#letGo(id)
      return { ...mailbox, waiting: 0, waitingRecords: 0 }
    }
  }

  #open(id: string): MailboxReader | undefined {
    if (this.#readers.size >= MOST_OPEN) return undefined
    const reader = new MailboxReader(this.#channel.mailboxes, id)
    this.#readers.set(id, reader)
    return reader
  }

  #letGo(id: string): void {
    this.#readers.get(id)?.close()
    this.#readers.delete(id)
  }

  close(): void {
    for (const id of this.#readers.keys()) this.#letGo(id)
  }
}
