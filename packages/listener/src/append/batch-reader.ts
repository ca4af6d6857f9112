/** Step 1 of docs/protocol.md, "Exactly once": whole lines of the mailboxes of one log file are read into a batch. */
import type { LogOptions } from '@pino-funnel/channel'
import { Batch, fillBatch, fillFrom, noteFound, rewind, type OrderedLines } from '../batch/batch.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { TimeOrder } from '../order/time-order.ts'

/** What a read has brought. Its bytes are valid until the next read. */
export interface Reading {
  /** The lines, in the order in which the log file gets them. */
  readonly pieces: readonly OrderedLines[]
  /** All lines of the pieces. */
  readonly bytes: Buffer
  /** Whether there may be more at once. */
  readonly more: boolean
}

/** Log files are collected one after the other, so that one batch serves all. */
const BATCH = new Batch()

export class BatchReader {
  readonly #report: (message: string) => void
  /** Set when lines are sorted by time. */
  #order: TimeOrder | undefined

  constructor(options: LogOptions, report: (message: string) => void) {
    this.#report = report
    this.adopt(options)
  }

  adopt({ order }: LogOptions): void {
    this.#order = order && new TimeOrder(order.window)
  }

  /** Ms until the mailboxes are worth reading again: lines may be held back, to be sorted. */
  get msUntilNextRead(): number {
    return this.#order?.msUntilNextRead ?? 0
  }

  /** @param entries - the mailboxes to read; reordered, so that each gets its turn */
  read(entries: Set<MailboxEntry>): Reading {
    if (this.#order) return this.#readSorted(this.#order, entries)
    const more = fillBatch(BATCH, entries, this.#report)
    return { pieces: [BATCH], bytes: BATCH.bytes, more }
  }

  #readSorted(order: TimeOrder, entries: Set<MailboxEntry>): Reading {
    BATCH.clearToSort(entries.size)
    fillBatch(BATCH, entries, this.#report)
    const { pieces, bytes, more, long } = order.sort(BATCH)
    if (!long) return { pieces, bytes, more }
    const line = this.#readLongLine(order, long)
    // A line that is only begun brings nothing, however soon it is read again.
    return { pieces: [line], bytes: line.bytes, more: more && line.bytes.length > 0 }
  }

  #readLongLine(order: TimeOrder, entry: MailboxEntry): OrderedLines {
    BATCH.clear()
    noteFound(entry, fillFrom(entry, BATCH, this.#report))
    return order.takeFirst(BATCH)
  }

  /** Forgets the last batch. */
  clear(): void {
    BATCH.clear()
  }

  /** What the last read brought, but is not committed, is read again. */
  rewind(): void {
    rewind(BATCH.parts)
  }
}
