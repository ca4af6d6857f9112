/**
 * A batch: whole lines of several mailboxes on their way to one log file, in one buffer that is used again and again.
 *
 * What always holds in this room: the lines of a mailbox stay in their order, and a mailbox fills its share at most, so that a burst of one worker holds up no
 * other for long.
 */
import { FunnelError, MAX_LINE_BYTES, type LineRange } from '@pino-funnel/channel'
import { countLines } from '../lines/each-line.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

/** Size of a batch: large enough to make a write cheap per record, small enough to stay in the CPU's cache meanwhile. */
const BATCH_BYTES = 1024 * 1024
/** Most bytes of one mailbox at a time: a burst of one worker must not make the others wait for longer. */
const MAILBOX_SHARE_BYTES = 256 * 1024
/** Least share when lines are sorted: each mailbox must bring something, and what is not written now is read again. */
const LEAST_SORTED_SHARE_BYTES = 16 * 1024
/** Bytes of a line that is too long for a share: enough to find its time. */
const BEGINNING_BYTES = 512

/** Lines of a batch that are next to each other in one mailbox. */
export interface Part {
  readonly entry: MailboxEntry
  readonly range: LineRange
  readonly records: number
}

/** A mailbox that may have more than its share. */
export interface Unfinished {
  readonly entry: MailboxEntry
  /** The beginning of its next line, when that is too long for a share. */
  readonly beginning?: Buffer
}

/**
 * What a mailbox gave to a batch. `share`: as much as it may at a time, so that it is likely to have more; a batch that is
 * to be sorted has these as `unfinished`. `no room`: its next line is too long for what is left, and waits for a batch of
 * its own.
 */
export type Filled = 'lines' | 'share' | 'nothing' | 'no room'

export class Batch {
  #buffer = Buffer.allocUnsafe(BATCH_BYTES)
  #length = 0
  #parts: Part[] = []
  #share = MAILBOX_SHARE_BYTES
  #isToBeSorted = false
  #unfinished: Unfinished[] = []

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  get parts(): readonly Part[] {
    return this.#parts
  }

  get isFull(): boolean {
    return this.#buffer.length - this.#length < this.#share
  }

  /** Mailboxes that may have more. Only in a batch that is to be sorted. */
  get unfinished(): readonly Unfinished[] {
    return this.#unfinished
  }

  clear(): void {
    this.#length = 0
    this.#parts = []
    this.#unfinished = []
    this.#share = MAILBOX_SHARE_BYTES
    this.#isToBeSorted = false
    if (this.#buffer.length > BATCH_BYTES) this.#buffer = Buffer.allocUnsafe(BATCH_BYTES)
  }

  /** As `clear`, with room for a share of each of so many mailboxes, and long lines left where they are. */
  clearToSort(mailboxes: number): void {
    this.clear()
    this.#isToBeSorted = true
    const share = Math.floor(BATCH_BYTES / mailboxes)
    this.#share = Math.max(LEAST_SORTED_SHARE_BYTES, Math.min(MAILBOX_SHARE_BYTES, share))
    const bytes = this.#share * mailboxes
    if (bytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(bytes)
  }

  /**
   * Reads what a mailbox has, up to a share.
   *
   * @param probeNextSegment - see `MailboxReader.read`
   */
  fill(entry: MailboxEntry, probeNextSegment: boolean): Filled {
    let taken = 0
    while (taken < this.#share) {
      const room = Math.min(this.#buffer.length - this.#length, this.#share - taken)
      const result = room === 0 ? 'crowded' : entry.reader.read(this.#buffer, this.#length, room, probeNextSegment)
      if (result === 'nothing') return taken > 0 ? 'lines' : 'nothing'
      if (result !== 'crowded') {
        taken += this.#add(entry, result)
        if (entry.reader.hasCaughtUp) return 'lines'
      }
      // A line longer than a whole share is let in once it is alone; the buffer grows for it.
      else if (taken > 0) break
      else if (this.#isToBeSorted) return this.#leaveLongLine(entry)
      else if (this.#length > 0) return 'no room'
      else return this.#fillWithLongLine(entry, probeNextSegment)
    }
    if (!this.#isToBeSorted) return 'share'
    this.#unfinished.push({ entry })
    return 'lines'
  }

  /** The reader has just copied the beginning of the line into the buffer. */
  #leaveLongLine(entry: MailboxEntry): 'no room' {
    const beginning = Buffer.from(this.#buffer.subarray(this.#length, this.#length + BEGINNING_BYTES))
    this.#unfinished.push({ entry, beginning })
    return 'no room'
  }

  #fillWithLongLine(entry: MailboxEntry, probeNextSegment: boolean): 'share' | 'nothing' {
    for (;;) {
      const result = entry.reader.read(this.#buffer, 0, this.#buffer.length, probeNextSegment)
      // No line, but the beginning of one: it is still being written, or its writer died at it.
      if (result === 'nothing') return 'nothing'
      if (result !== 'crowded') {
        this.#add(entry, result)
        return 'share'
      }
      if (this.#buffer.length > MAX_LINE_BYTES) throw endlessLine(entry)
      this.#buffer = Buffer.allocUnsafe(this.#buffer.length * 2)
    }
  }

  #add(entry: MailboxEntry, range: LineRange): number {
    const length = range.to - range.from
    // Lines that are sorted are counted by that.
    const records = this.#isToBeSorted ? 0 : countLines(this.#buffer, this.#length, this.#length + length)
    this.#parts.push({ entry, range, records })
    this.#length += length
    return length
  }
}

function endlessLine(entry: MailboxEntry): FunnelError {
  const { sequence, offset } = entry.reader.position
  return new FunnelError(
    'FUNNEL_MAILBOX_INVALID',
    `The mailbox ${entry.id} has no end of line within ${MAX_LINE_BYTES} bytes of segment ${sequence}, offset ${offset}.`,
  )
}
