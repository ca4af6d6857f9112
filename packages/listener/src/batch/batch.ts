/**
 * A batch: whole lines of several mailboxes on their way to one log file, in one buffer that is used again and again.
 *
 * What always holds in this room: the lines of a mailbox stay in their order, and a mailbox fills its share at most. So
 * a burst of one worker holds up no other for long.
 *
 * A batch is filled from each mailbox with its share, then from those that have more, while there is room. A mailbox
 * that was read moves to the end of the set, so that a full batch starves no mailbox. A mailbox whose next line needs a
 * batch of its own keeps its place, and so gets to the head.
 */
import { countNewlines, FunnelError, MAX_LINE_BYTES, type LineRange, type Probe } from '@pino-funnel/channel'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import type { Filled } from './filled.ts'
import { Formers, type Fill } from './formers.ts'

/**
 * Size of a batch: large enough to make a write cheap per record, small enough to stay in the CPU's cache meanwhile.
 */
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

/** Lines of a batch in the order in which the log file gets them, and the parts that they came from. */
export interface OrderedLines {
  readonly bytes: Buffer
  readonly parts: readonly Part[]
}

/** A mailbox that may have more than its share. */
export interface Unfinished {
  readonly entry: MailboxEntry
  /** The beginning of its next line, when that is too long for a share. */
  readonly beginning?: Buffer
}

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

  /** Whether its lines are to be sorted by time, whichever mailbox they are from. */
  get isToBeSorted(): boolean {
    return this.#isToBeSorted
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
  fill(entry: MailboxEntry, probeNextSegment: Probe): Filled {
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

  #fillWithLongLine(entry: MailboxEntry, probeNextSegment: Probe): 'share' | 'nothing' {
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
    const records = this.#isToBeSorted ? 0 : countNewlines(this.#buffer, this.#length, this.#length + length)
    this.#parts.push({ entry, range, records })
    this.#length += length
    return length
  }
}

/**
 * @param entries - the mailboxes to read; reordered
 * @param report - gets a message for a mailbox that can't be read, once
 * @returns whether there may be more at once
 */
export function fillBatch(batch: Batch, entries: Set<MailboxEntry>, report: (message: string) => void): boolean {
  let more = false
  const fill = (entry: MailboxEntry, probes?: boolean): ReturnType<Fill> => {
    const filled = batch.isFull ? 'no room' : fillFrom(entry, batch, report, probes)
    if (filled === 'no room') more = true
    return filled
  }
  const formers = new Formers(entries, (former) => {
    const filled = fill(former, true)
    // What it finds to be empty now may have given its lines in its turn.
    if (filled !== 'nothing') noteFound(former, filled)
    return filled
  })
  const serve: Fill = (entry) => {
    if (batch.isToBeSorted || formers.areDrained(entry)) return fill(entry)
    more = true
    return 'no room'
  }
  let unfinished: MailboxEntry[] = []
  for (const entry of Array.from(entries)) {
    const filled = serve(entry)
    // A mailbox that was read before its turn has given its lines.
    if (filled !== 'nothing' || !formers.gaveLines(entry)) noteFound(entry, filled)
    if (filled === 'share') unfinished.push(entry)
    if (filled !== 'lines' && filled !== 'share') continue
    entries.delete(entry)
    entries.add(entry)
  }
  while (unfinished.length > 0) unfinished = unfinished.filter((entry) => serve(entry) === 'share')
  return more || batch.isFull
}

/** Reads from one mailbox. A mailbox that can't be read must not hold up the others. */
export function fillFrom(
  entry: MailboxEntry,
  batch: Batch,
  report: (message: string) => void,
  probes: Probe = entry.probesNextSegment,
): Filled | 'unreadable' {
  try {
    const filled = batch.fill(entry, probes)
    // A mailbox whose line found no room was not read to the end of that line.
    if (filled !== 'no room') entry.becameReadable()
    return filled
  } catch (error) {
    if (entry.becameUnreadable(error)) report(`the mailbox ${entry.id} can't be read: ${String(error)}`)
    return 'unreadable'
  }
}

/** Takes note in the mailbox's own state of what a read has found. */
export function noteFound({ reading }: MailboxEntry, filled: Filled | 'unreadable'): void {
  switch (filled) {
    case 'lines':
    case 'share':
      reading.foundLines()
      break
    case 'no room':
      reading.foundNoRoom()
      break
    case 'nothing':
    case 'unreadable':
      reading.foundNothing()
      break
  }
}

/** What was read, but is not committed, is read again. */
export function rewind(parts: readonly Part[]): void {
  for (const { entry } of parts) entry.rewind()
}

function endlessLine(entry: MailboxEntry): FunnelError {
  const { sequence, offset } = entry.reader.position
  return new FunnelError(
    'FUNNEL_MAILBOX_INVALID',
    `The mailbox ${entry.id} has no end of line within ${MAX_LINE_BYTES} bytes of segment ${sequence}, offset ${offset}.`,
  )
}
