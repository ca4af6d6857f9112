import type { Part } from '../batch/batch.ts'
import { endOfLine } from '../lines/each-line.ts'
import type { Renderer } from '../format/renderer.ts'
import type { Portion } from './output.ts'

/** As `Output`, for a log file whose format differs from that of the lines: a line is rendered when it is taken. */
export class RenderedOutput {
  readonly #bytes: Buffer
  readonly #parts: readonly Part[]
  readonly #renderer: Renderer
  #at = 0
  /** The part of the next line, and how much of it was taken. */
  #part = 0
  #takenOfPart = 0
  #next: { readonly length: number; readonly rendered: Buffer } | undefined

  constructor(batch: { readonly bytes: Buffer; readonly parts: readonly Part[] }, renderer: Renderer) {
    this.#bytes = batch.bytes
    this.#parts = batch.parts
    this.#renderer = renderer
  }

  get isEmpty(): boolean {
    return this.#at === this.#bytes.length
  }

  /** See `Output.take`. */
  take(room: number, atLeastOne: boolean): Portion | undefined {
    const taken: Buffer[] = []
    const parts: Part[] = []
    const from = this.#at
    let left = room
    while (!this.isEmpty) {
      this.#next ??= this.#render()
      const { length, rendered } = this.#next
      if (rendered.length > left && !(atLeastOne && taken.length === 0)) break
      taken.push(rendered)
      left -= rendered.length
      this.#takeLine(parts, length)
      this.#next = undefined
    }
    if (taken.length === 0) return undefined
    return { bytes: Buffer.concat(taken), lines: this.#bytes.subarray(from, this.#at), parts }
  }

  #render(): { length: number; rendered: Buffer } {
    const end = endOfLine(this.#bytes, this.#at)
    // A copy: the renderer may give back what it got, and the batch's buffer is used again.
    const line = Buffer.from(this.#bytes.subarray(this.#at, end))
    return { length: line.length, rendered: this.#renderer.render(line) }
  }

  /** Adds a line to the last part when it follows on it. */
  #takeLine(parts: Part[], length: number): void {
    const { entry, range } = this.#parts[this.#part] as Part
    const from = range.from + this.#takenOfPart
    const last = parts.at(-1)
    if (last?.entry === entry && last.range.sequence === range.sequence && last.range.to === from) {
      parts[parts.length - 1] = { entry, range: { ...last.range, to: from + length }, records: last.records + 1 }
    } else {
      parts.push({ entry, range: { ...range, from, to: from + length }, records: 1 })
    }
    this.#at += length
    this.#takenOfPart += length
    if (from + length < range.to) return
    this.#part += 1
    this.#takenOfPart = 0
  }
}
