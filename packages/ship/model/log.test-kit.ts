/**
 * A log as a shipper reads it: each line lies in a file of its own, and retention deletes the oldest files. The last one
 * is the live file, which stays.
 */
import type { LogOrigin } from '../src/engine/engine.ts'
import type { LogSource, SourcePortion } from '../src/source/log-source.ts'
import type { Choices } from './choices.test-kit.ts'

export const LINES: readonly string[] = ['a1\n', 'b22\n', 'c333\n']
export const LOG: LogOrigin = { id: 'f'.repeat(32), name: 'app.log', host: 'web-1' }

const FILES = LINES.map((line, at) => ({ begin: LINES.slice(0, at).join('').length, bytes: Buffer.from(line) }))
const END = LINES.join('').length

export interface Retention {
  /** Times that files are deleted which no hold spares. */
  readonly deletions?: number
  /** Times that files are deleted although a hold wants them: its budget is over. */
  readonly losses?: number
  /** Position up to which the shipper's hold lets files go, by now. */
  hold(this: void): number
}

export class ModelLog implements LogSource {
  readonly log = LOG
  readonly #choices: Choices
  readonly #hold: () => number
  readonly #hidesGaps: boolean
  #deletions: number
  #losses: number
  #begin = 0

  /** @param hidesGaps - a bug: what comes after a gap has the position of the gap */
  constructor(choices: Choices, { deletions = 0, losses = 0, hold }: Retention, hidesGaps: boolean) {
    this.#choices = choices
    this.#deletions = deletions
    this.#losses = losses
    this.#hold = hold
    this.#hidesGaps = hidesGaps
  }

  async *read(from = 0): AsyncGenerator<SourcePortion, void, void> {
    this.#mayDelete()
    let expected = from
    for (const { begin, bytes } of FILES) {
      if (begin < from || begin < this.#begin) continue
      const position = this.#hidesGaps ? expected : begin
      yield { from: position, bytes }
      expected = position + bytes.length
    }
  }

  bytesBetween(from: number, to: number): number {
    return to - from
  }

  async bounds(): Promise<{ begin: number; end: number }> {
    return { begin: this.#begin, end: END }
  }

  #mayDelete(): void {
    if (this.#deletions + this.#losses === 0) return
    const hold = this.#hold()
    const begins = FILES.map(({ begin }) => begin).filter((begin) => begin > this.#begin)
    const wanted = begins.filter((begin) => (begin <= hold ? this.#deletions : this.#losses) > 0)
    const choice = this.#choices.choose(wanted.length + 1)
    const begin = wanted[choice - 1]
    if (begin === undefined) return
    if (begin <= hold) this.#deletions -= 1
    else this.#losses -= 1
    this.#begin = begin
  }
}
