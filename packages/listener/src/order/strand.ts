import type { MailboxPosition } from '@pino-funnel/channel'
import type { Batch, Part } from '../batch.ts'
import type { MailboxEntry } from '../mailbox-entry.ts'
import type { LineTimes } from './line-time.ts'

const NEWLINE = 0x0a

/** A line that tells no time, and follows upon none that does, is held up by nothing. */
export const AT_ONCE: number = -Infinity

/** The lines of one mailbox in a batch, in their order. Each has a key to sort by that is no lower than the one before. */
export class Strand {
  readonly entry: MailboxEntry
  readonly #parts: Part[] = []
  /** By line: which of the parts it is in, where it begins and ends in the batch, and its key. */
  readonly #partOf: number[] = []
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #keys: number[] = []
  /** By part: where it begins in the batch. */
  readonly #places: number[] = []
  #taken = 0

  constructor(entry: MailboxEntry) {
    this.entry = entry
  }

  /** @param latest - a time after it is not to be believed: it counts as none */
  add(part: Part, bytes: Buffer, place: number, times: LineTimes, latest: number): void {
    const end = place + part.range.to - part.range.from
    const index = this.#parts.push(part) - 1
    this.#places.push(place)
    let key = this.lastKey
    for (let from = place; from < end;) {
      const to = bytes.indexOf(NEWLINE, from) + 1
      const time = times.read(bytes, from, to)
      if (time > key && time <= latest) key = time
      this.#partOf.push(index)
      this.#starts.push(from)
      this.#ends.push(to)
      this.#keys.push(key)
      from = to
    }
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

  /**
   * Takes lines up to a key, at least one, beside each other in the mailbox.
   *
   * @returns where they are in the batch, and what they are a part of the log file by
   */
  take(limit: number): { from: number; to: number; part: Part } {
    const index = this.#partOf[this.#taken]
    let next = this.#taken + 1
    while (this.#partOf[next] === index && (this.#keys[next] as number) <= limit) next += 1
    return this.#takeUntil(next)
  }

  takeLine(): { from: number; to: number; part: Part } {
    return this.#takeUntil(this.#taken + 1)
  }

  #takeUntil(next: number): { from: number; to: number; part: Part } {
    const first = this.#taken
    const index = this.#partOf[first] as number
    this.#taken = next
    const from = this.#starts[first] as number
    const to = this.#ends[next - 1] as number
    const { sequence, from: start } = (this.#parts[index] as Part).range
    const place = this.#places[index] as number
    const range = { sequence, from: start + from - place, to: start + to - place }
    return { from, to, part: { entry: this.entry, range, records: next - first } }
  }

  /** What was not taken is read again later. */
  giveBack(): void {
    if (!this.isDone) this.entry.reader.giveBack(this.#position(this.#taken))
  }

  giveAllBack(): void {
    this.entry.reader.giveBack(this.#position(0))
  }

  #position(line: number): MailboxPosition {
    const index = this.#partOf[line] as number
    const { sequence, from } = (this.#parts[index] as Part).range
    return { sequence, offset: from + (this.#starts[line] as number) - (this.#places[index] as number) }
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
