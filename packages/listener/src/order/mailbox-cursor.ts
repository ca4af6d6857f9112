import type { Batch, Part } from '../batch/batch.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { endOfLine } from '../lines/each-line.ts'
import type { LineTimes } from '../lines/line-time.ts'

/** A line that tells no time, and follows upon none that does, is held up by nothing. */
export const AT_ONCE: number = -Infinity

/** Lines that were taken: where they are in the batch, and in the mailbox. */
interface Run {
  readonly from: number
  readonly to: number
  readonly part: Part
}

/** A part of the strand, where it begins in the batch, and the number of the line after its last one. */
interface Stretch {
  readonly part: Part
  readonly place: number
  readonly end: number
}

/** The lines of one mailbox in a batch, in their order. Each has a key to sort by that is no lower than the one before. */
export class Strand {
  readonly entry: MailboxEntry
  readonly #stretches: Stretch[] = []
  /** By line: where it ends in the batch, which is where the next one begins; and its key. */
  readonly #ends: number[] = []
  readonly #keys: number[] = []
  #taken = 0
  /** The stretch of the next line that was not taken. */
  #stretch = 0

  constructor(entry: MailboxEntry) {
    this.entry = entry
  }

  /** @param latest - a time after it is not to be believed: it counts as none */
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
    this.#stretches.push({ part, place, end: this.#keys.length })
  }

  get isDone(): boolean {
    return this.#taken === this.#keys.length
  }

  get isUntouched(): boolean {
    return this.#taken === 0
  }

  /** Of the next line that was not taken; `Infinity` when there is none. */
  get key(): number {
    return this.#keys[this.#taken] ?? Infinity
  }

  get lastKey(): number {
    return this.#keys.at(-1) ?? AT_ONCE
  }

  /** Takes lines up to a key, at least one, beside each other in the mailbox. */
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
    if (next === end) this.#stretch += 1
    return { from, to, part: { entry: this.entry, range, records } }
  }

  /** What was not taken is read again later. */
  giveBack(): void {
    if (this.isDone) return
    const { part, place } = this.#current
    this.entry.reader.giveBack({
      sequence: part.range.sequence,
      offset: part.range.from + this.#place - place,
    })
  }

  get #current(): Stretch {
    return this.#stretches[this.#stretch] as Stretch
  }

  /** Where the next line is in the batch. */
  get #place(): number {
    return this.#ends[this.#taken - 1] ?? this.#current.place
  }
}

export function strandsOf(batch: Batch, times: LineTimes, latest: number): Strand[] {
  const strands = new Map<MailboxEntry, Strand>()
  const { bytes } = batch
  let place = 0
  for (const part of batch.parts) {
    const strand = strands.get(part.entry) ?? new Strand(part.entry)
    strands.set(part.entry, strand)
    strand.add(part, bytes, place, times, latest)
    place += part.range.to - part.range.from
  }
  return [...strands.values()]
}
