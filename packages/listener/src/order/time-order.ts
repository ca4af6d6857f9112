/**
 * Puts the lines of all mailboxes into the order of time.
 *
 * - Each mailbox's order is kept, whatever its lines say: a line's key is the highest time up to it.
 * - What is younger than the window stays in its mailbox, and is read again: others may still bring something older.
 *   So nothing is held in memory, and a kill finds everything where it was.
 * - A mailbox that may have more than its share bounds the others by its last key: what it brings next is not older.
 * - A time that has yet to come is none. So nothing is held for longer than the window, whatever a clock says; a clock
 *   that is set back meanwhile can add less than another window.
 */
import type { Batch, Part, Unfinished } from '../batch/batch.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { LineTimes } from '../lines/line-time.ts'
import { AT_ONCE, strandsOf, type Strand } from './mailbox-cursor.ts'

/** Lines that one intent or a few can take to a log file. */
export interface Sorted {
  readonly bytes: Buffer
  readonly parts: readonly Part[]
}

export interface Sorting {
  /** In this order. */
  readonly pieces: readonly Sorted[]
  /** Of all of them. */
  readonly bytes: Buffer
  /** Whether there may be more at once. */
  readonly more: boolean
  /** Its next line is to be written now, and needs a batch of its own. */
  readonly long?: MailboxEntry
}

/** What a mailbox has next, and when that was. */
interface Head {
  readonly entry: MailboxEntry
  readonly key: number
}

/** Mailbox ranges of an intent: it should not become longer than the lines themselves. */
const MOST_PARTS = 256
/** pino's `isoTimeNano` has a clock of its own, which may be ahead a little. */
const AHEAD_MS = 10
/** Between two looks at what is held: what it takes to read it again is spent for some records at least. */
const LOOK_MS = 20
/** Somebody who floods the log with times from long ago must not hold up the others for ever. */
const PATIENCE_MS = 5000

const NOTHING = Buffer.alloc(0)

/** Used again and again, as the batch's own. */
let sortedBytes: Buffer = Buffer.allocUnsafe(0)

export class TimeOrder {
  readonly #window: number
  readonly #times = new LineTimes()
  /** Mailboxes with lines old enough that had to wait for those of others, and since when. */
  #waiting = new Map<MailboxEntry, number>()
  #nextLook = -Infinity

  /** @param window - ms that a line waits for older ones */
  constructor(window: number) {
    this.#window = window
  }

  /** Ms that it would be in vain to look for. */
  get msUntilNextLook(): number {
    return Math.max(0, this.#nextLook - performance.now())
  }

  /** What is not among the result has been given back to its mailbox. */
  sort(batch: Batch): Sorting {
    const now = Date.now()
    const due = now - this.#window
    const strands = strandsOf(batch, this.#times, now + AHEAD_MS)
    const long = this.#earliestLong(batch.unfinished, now + AHEAD_MS)
    if (long && this.#isItsTurn(long, strands, due)) {
      for (const strand of strands) strand.giveBack()
      this.#waiting.delete(long.entry)
      return { pieces: [], bytes: NOTHING, more: true, long: long.entry }
    }
    const unfinished = strands.filter(({ entry }) => batch.unfinished.some((other) => other.entry === entry))
    const isStarving = strands.some(({ entry }) => this.#isStarving(entry))
    const bound = isStarving ? due : Math.min(due, long?.key ?? due, boundOf(unfinished))
    const sorted = merge(batch.bytes, strands, bound)
    for (const strand of strands) strand.giveBack()
    const untouched: Head[] = strands.filter(({ isUntouched }) => isUntouched)
    this.#noteWaiting(long ? [...untouched, long] : untouched, due)
    const more = unfinished.some(({ isDone }) => isDone) || (long !== undefined && long.key <= due)
    const isHolding = long !== undefined || strands.some(({ isDone }) => !isDone)
    this.#nextLook = isHolding && !more ? performance.now() + Math.min(LOOK_MS, this.#window / 4) : -Infinity
    return { ...sorted, more }
  }

  /** Of a batch that begins with the long line: what comes after it is given back. */
  takeFirst(batch: Batch): Sorted {
    const [strand] = strandsOf(batch, this.#times, -Infinity)
    if (!strand) return { bytes: NOTHING, parts: [] }
    const { from, to, part } = strand.takeLine()
    strand.giveBack()
    return { bytes: batch.bytes.subarray(from, to), parts: [part] }
  }

  #isItsTurn({ entry, key }: Head, strands: readonly Strand[], due: number): boolean {
    return key <= due && (this.#isStarving(entry) || strands.every((strand) => key <= strand.key))
  }

  #earliestLong(unfinished: readonly Unfinished[], latest: number): Head | undefined {
    let earliest: Head | undefined
    for (const { entry, beginning } of unfinished) {
      if (!beginning) continue
      const time = this.#times.read(beginning, 0, beginning.length)
      const key = time <= latest ? time : AT_ONCE
      if (!earliest || key < earliest.key) earliest = { entry, key }
    }
    return earliest
  }

  #isStarving(entry: MailboxEntry): boolean {
    const since = this.#waiting.get(entry)
    return since !== undefined && performance.now() - since > PATIENCE_MS
  }

  #noteWaiting(untouched: readonly Head[], due: number): void {
    const waiting = new Map<MailboxEntry, number>()
    for (const { entry, key } of untouched)
      if (key <= due) waiting.set(entry, this.#waiting.get(entry) ?? performance.now())
    this.#waiting = waiting
  }
}

/** Who tells no times at all bounds nobody. */
function boundOf(unfinished: readonly Strand[]): number {
  return Math.min(...unfinished.map(({ lastKey }) => (lastKey === AT_ONCE ? Infinity : lastKey)))
}

function merge(bytes: Buffer, strands: readonly Strand[], bound: number): Omit<Sorting, 'more'> {
  if (sortedBytes.length < bytes.length) sortedBytes = Buffer.allocUnsafe(bytes.length)
  const pieces: Sorted[] = []
  let parts: Part[] = []
  let begin = 0
  let end = 0
  for (;;) {
    const { first, limit } = next(strands, bound)
    if (!first) break
    const { from, to, part } = first.take(limit)
    end += bytes.copy(sortedBytes, end, from, to)
    if (parts.push(part) < MOST_PARTS) continue
    pieces.push({ bytes: sortedBytes.subarray(begin, end), parts })
    parts = []
    begin = end
  }
  if (parts.length > 0) pieces.push({ bytes: sortedBytes.subarray(begin, end), parts })
  return { pieces, bytes: sortedBytes.subarray(0, end) }
}

/** Whose turn it is, and up to which key: as long as no other comes before. */
function next(strands: readonly Strand[], bound: number): { first: Strand | undefined; limit: number } {
  let first: Strand | undefined
  let firstKey = Infinity
  let limit = bound
  for (const strand of strands) {
    const { key } = strand
    if (key > bound || strand.isDone) continue
    if (!first || key < firstKey) {
      if (first) limit = Math.min(limit, firstKey)
      first = strand
      firstKey = key
    } else {
      limit = Math.min(limit, key)
    }
  }
  return { first, limit }
}
