/**
 * Sorts the lines of all mailboxes by time. What always holds in this room:
 *
 * - Each mailbox keeps its order, whatever times its lines have: a line's key is the latest time up to it.
 * - A line younger than the window stays in its mailbox, and is read again, because other mailboxes may still get older
 *   lines. So no line is held in memory, and a kill loses none.
 * - A mailbox that may have more lines than its share bounds the others by its last key: its next lines are not older.
 * - A time in the future is ignored. So no line waits longer than the window, whatever a clock says. A clock that is set
 *   back in the meantime can add less than another window.
 */
import type { Batch, OrderedLines, Part, Unfinished } from '../batch/batch.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { LineTimes } from '../lines/line-time.ts'
import { AT_ONCE, cursorsOf, type MailboxCursor } from './mailbox-cursor.ts'

export interface Sorting {
  /** The sorted lines, in this order. */
  readonly pieces: readonly OrderedLines[]
  /** The bytes of all pieces. */
  readonly bytes: Buffer
  /** Whether more lines may be due at once. */
  readonly more: boolean
  /** A mailbox whose next line is due, and too long for this batch. */
  readonly long?: MailboxEntry
}

/** The key of a mailbox's next line. */
interface Head {
  readonly entry: MailboxEntry
  readonly key: number
}

/** Mailbox ranges in an intent: an intent should not be longer than its lines. */
const MOST_PARTS = 256
/** How far a line's time may be ahead: pino's `isoTimeNano` has a clock of its own. */
const AHEAD_MS = 10
/** Pause before lines that wait are read again, so that each time some lines are due. */
const REREAD_MS = 20
/**
 * Time that a due line waits for lines of other mailboxes, at most. A worker that floods the log with old times must
 * not hold up the others for ever.
 */
const PATIENCE_MS = 5000

const NOTHING = Buffer.alloc(0)

/** Reused, as the batch's own buffer. */
let sortedBytes: Buffer = Buffer.allocUnsafe(0)

export class TimeOrder {
  readonly #window: number
  readonly #times = new LineTimes()
  /** Mailboxes whose due lines wait for lines of other mailboxes, and since when. */
  #waiting = new Map<MailboxEntry, number>()
  #nextRead = -Infinity

  /** @param window - ms that a line waits for older ones */
  constructor(window: number) {
    this.#window = window
  }

  /** Ms in which no line becomes due. */
  get msUntilNextRead(): number {
    return Math.max(0, this.#nextRead - performance.now())
  }

  /** Sorts the lines that are due. The other lines of the batch are given back to their mailboxes. */
  sort(batch: Batch): Sorting {
    const now = Date.now()
    const due = now - this.#window
    const cursors = cursorsOf(batch, this.#times, now + AHEAD_MS)
    const long = this.#earliestLong(batch.unfinished, now + AHEAD_MS)
    if (long && this.#isItsTurn(long, cursors, due)) {
      for (const cursor of cursors) cursor.giveBack()
      this.#waiting.delete(long.entry)
      return { pieces: [], bytes: NOTHING, more: true, long: long.entry }
    }
    const unfinished = cursors.filter(({ entry }) => batch.unfinished.some((other) => other.entry === entry))
    const isStarving = cursors.some(({ entry }) => this.#isStarving(entry))
    const bound = isStarving ? due : Math.min(due, long?.key ?? due, boundOf(unfinished))
    const sorted = merge(batch.bytes, cursors, bound)
    for (const cursor of cursors) cursor.giveBack()
    const untouched: Head[] = cursors.filter(({ isUntouched }) => isUntouched)
    this.#noteWaiting(long ? [...untouched, long] : untouched, due)
    const more = unfinished.some(({ isDone }) => isDone) || (long !== undefined && long.key <= due)
    const isHolding = long !== undefined || cursors.some(({ isDone }) => !isDone)
    this.#nextRead = isHolding && !more ? performance.now() + Math.min(REREAD_MS, this.#window / 4) : -Infinity
    return { ...sorted, more }
  }

  /** Takes the long line that a batch starts with. The lines after it are given back. */
  takeFirst(batch: Batch): OrderedLines {
    const [cursor] = cursorsOf(batch, this.#times, -Infinity)
    if (!cursor) return { bytes: NOTHING, parts: [] }
    const { from, to, part } = cursor.takeLine()
    cursor.giveBack()
    return { bytes: batch.bytes.subarray(from, to), parts: [part] }
  }

  #isItsTurn({ entry, key }: Head, cursors: readonly MailboxCursor[], due: number): boolean {
    return key <= due && (this.#isStarving(entry) || cursors.every((cursor) => key <= cursor.key))
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

/** A mailbox without times does not bound the others. */
function boundOf(unfinished: readonly MailboxCursor[]): number {
  return Math.min(...unfinished.map(({ lastKey }) => (lastKey === AT_ONCE ? Infinity : lastKey)))
}

function merge(bytes: Buffer, cursors: readonly MailboxCursor[], bound: number): Omit<Sorting, 'more'> {
  if (sortedBytes.length < bytes.length) sortedBytes = Buffer.allocUnsafe(bytes.length)
  const pieces: OrderedLines[] = []
  let parts: Part[] = []
  let begin = 0
  let end = 0
  for (;;) {
    const { first, limit } = next(cursors, bound)
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

/** The cursor whose turn it is, and the key up to which no other cursor comes before it. */
function next(cursors: readonly MailboxCursor[], bound: number): { first: MailboxCursor | undefined; limit: number } {
  let first: MailboxCursor | undefined
  let firstKey = Infinity
  let limit = bound
  for (const cursor of cursors) {
    const { key } = cursor
    if (key > bound || cursor.isDone) continue
    if (!first || key < firstKey) {
      if (first) limit = Math.min(limit, firstKey)
      first = cursor
      firstKey = key
    } else {
      limit = Math.min(limit, key)
    }
  }
  return { first, limit }
}
