/**
 * The lines of a batch on their way into a log file. They are cut into portions, each as large as the file has room
 * for, at the end of a line. No line is cut, and each byte is in exactly one portion.
 */
import { countNewlines, NEWLINE } from '@pino-funnel/channel'
import type { Part } from '../batch/batch.ts'
import { endOfLine } from '../lines/each-line.ts'

/** What one intent takes to a log file. */
export interface Portion {
  readonly bytes: Buffer
  /** The lines that they were made of, as the workers have logged them. */
  readonly lines: Buffer
  /** Where the bytes came from. */
  readonly parts: readonly Part[]
}

export class Output {
  readonly #bytes: Buffer
  readonly #parts: readonly Part[]
  #taken = 0
  /** Index of the first part that is not taken whole, and how much of it was taken. */
  #part = 0
  #takenOfPart = 0

  constructor(batch: { readonly bytes: Buffer; readonly parts: readonly Part[] }) {
    this.#bytes = batch.bytes
    this.#parts = batch.parts
  }

  get isEmpty(): boolean {
    return this.#taken === this.#bytes.length
  }

  /**
   * Takes whole lines, in their order.
   *
   * @param room - bytes, at most
   * @param atLeastOne - whether the next line is taken in any case
   * @returns `undefined` when the next line doesn't fit
   */
  take(room: number, atLeastOne: boolean): Portion | undefined {
    const from = this.#taken
    const to = this.#endOfWholeLines(room) ?? (atLeastOne ? this.#endOfNextLine() : undefined)
    if (to === undefined) return undefined
    this.#taken = to
    const bytes = this.#bytes.subarray(from, to)
    return { bytes, lines: bytes, parts: this.#takeParts(from, to) }
  }

  #endOfWholeLines(room: number): number | undefined {
    const from = this.#taken
    if (this.#bytes.length - from <= room) return this.#bytes.length
    if (room === 0) return undefined
    const newline = this.#bytes.lastIndexOf(NEWLINE, from + room - 1)
    return newline >= from ? newline + 1 : undefined
  }

  #endOfNextLine(): number {
    return endOfLine(this.#bytes, this.#taken)
  }

  /** The parts that the bytes from `at` to `end` came from, the first and the last one cut to size. */
  #takeParts(from: number, end: number): Part[] {
    const parts: Part[] = []
    for (let at = from; at < end;) {
      const { entry, range, records } = this.#parts[this.#part] as Part
      const start = range.from + this.#takenOfPart
      const length = Math.min(end - at, range.to - start)
      const isWhole = length === range.to - range.from
      const piece = { ...range, from: start, to: start + length }
      parts.push({ entry, range: piece, records: isWhole ? records : countNewlines(this.#bytes, at, at + length) })
      this.#moveOn(length, range.to - start)
      at += length
    }
    return parts
  }

  #moveOn(taken: number, left: number): void {
    if (taken < left) {
      this.#takenOfPart += taken
      return
    }
    this.#part += 1
    this.#takenOfPart = 0
  }
}
