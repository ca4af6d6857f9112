/**
 * The lines of one mailbox in a batch, in their order, with a cursor at the next line to take.
 *
 * Each line has a key to sort by. Keys never fall: the key of a line is the latest time up to it.
 */
import type { Batch, Part } from '../batch/batch.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { endOfLine } from '../lines/each-line.ts'
import type { LineTimes } from '../lines/line-time.ts'

/** Key of a line without a time that follows no line with a time. It never waits. */
export const AT_ONCE: number = -Infinity

/** Lines that were taken: where they stand in the batch, and in the mailbox. */
interface Run {
  readonly from: number
  readonly to: number
  readonly part: Part
}

/** Lines that stand together in the mailbox: where they start in the batch, and the number of the line after them. */
interface Extent {
  readonly part: Part
  readonly place: number
  readonly end: number
}

export class MailboxCursor {
  readonly entry: MailboxEntry
  readonly #extents: Extent[] = []
  /** By line: its end in the batch, which is the start of the next one; and its key. */
  readonly #ends: number[] = []
  readonly #keys: number[] = []
  /** Lines that were taken; also the number of the next one. */
  #taken = 0
  /** Number of the extent that has the next line. */
  #extent = 0

  constructor(entry: MailboxEntry) {
    this.entry = entry
  }

  /** Adds the lines of a part. @param latest - a later time is not plausible, and ignored */
  add(part: Part, bytes: Buffer, place: number, times: LineTimes, latest: number): void {
    const end = place + part.range.to - part.range.from
    let key = this.lastKey
    for (let from = place; from < end;) {
      const to = endOfLine(bytes, from)
      const time = times.read(bytes, from, to)
      if (time > key && time <= latest) key = time
      this.#ends.push(to)
      this.#keys.push(key)
      from = to
    }
    this.#extents.push({ part, place, end: this.#keys.length })
  }

  get isDone(): boolean {
    return this.#taken === this.#keys.length
  }

  get isUntouched(): boolean {
    return this.#taken === 0
  }

  /** Key of the next line; `Infinity` when all lines are taken. */
  get key(): number {
    return this.#keys[this.#taken] ?? Infinity
  }

  get lastKey(): number {
    return this.#keys.at(-1) ?? AT_ONCE
  }

  /** Takes lines of one extent up to a key, at least one line. */
  take(limit: number): Run {
    const { end } = this.#current
    let next = this.#taken + 1
    while (next < end && (this.#keys[next] as number) <= limit) next += 1
    return this.#takeUntil(next)
  }

  takeLine(): Run {
    return this.#takeUntil(this.#taken + 1)
  }

  #takeUntil(next: number): Run {
    const { part, place, end } = this.#current
    const from = this.#place
    const to = this.#ends[next - 1] as number
    const start = part.range.from - place
    const range = { sequence: part.range.sequence, from: start + from, to: start + to }
    const records = next - this.#taken
    this.#taken = next
    if (next === end) this.#extent += 1
    return { from, to, part: { entry: this.entry, range, records } }
  }

  /** Gives the lines that were not taken back to the mailbox, to be read again. */
  giveBack(): void {
    if (this.isDone) return
    const { part, place } = this.#current
    this.entry.reader.giveBack({
      sequence: part.range.sequence,
      offset: part.range.from + this.#place - place,
    })
  }

  get #current(): Extent {
    return this.#extents[this.#extent] as Extent
  }

  /** Start of the next line in the batch. */
  get #place(): number {
    return this.#ends[this.#taken - 1] ?? this.#current.place
  }
}

/** A cursor for each mailbox that has lines in a batch. */
export function cursorsOf(batch: Batch, times: LineTimes, latest: number): MailboxCursor[] {
  const cursors = new Map<MailboxEntry, MailboxCursor>()
  const { bytes } = batch
  let place = 0
  for (const part of batch.parts) {
    const cursor = cursors.get(part.entry) ?? new MailboxCursor(part.entry)
    cursors.set(part.entry, cursor)
    cursor.add(part, bytes, place, times, latest)
    place += part.range.to - part.range.from
  }
  return [...cursors.values()]
}
