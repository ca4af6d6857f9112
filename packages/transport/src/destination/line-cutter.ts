/**
 * Cuts text into lines that comes in chunks, which may end anywhere. A line that has begun is held until its end comes.
 *
 * A JSON object is a record also without a newline, as stages of a pipeline of pino may emit it. Held until the next
 * newline, it would wait in memory for as long as the process lives.
 */
import { MAX_LINE_BYTES } from '@pino-funnel/channel'
import { ObjectEnd } from './object-end.ts'

export class LineCutter {
  /** The beginning of a line, in pieces: to join them with each chunk would cost the square of their number. */
  #held: string[] = []
  #characters = 0
  /** Set while what is held may be an object. */
  #object: ObjectEnd | undefined
  /** The last record was ended without its newline, which may still come. */
  #lacksNewline = false

  /** Whether the beginning of a line is held. */
  get hasBegun(): boolean {
    return this.#held.length > 0
  }

  /** Whether what is held may become a JSON object. */
  get hasBegunObject(): boolean {
    return this.#object !== undefined
  }

  /** @returns whole lines, each with its newline; `''` when the chunk has ended none */
  cut(chunk: string): string {
    if (chunk === '') return ''
    const from = this.#lacksNewline && chunk.startsWith('\n') ? 1 : 0
    this.#lacksNewline = false
    const end = chunk.lastIndexOf('\n') + 1
    if (end <= from) return this.#hold(chunk.slice(from))
    const lines = this.#release() + chunk.slice(from, end)
    return lines + this.#hold(chunk.slice(end))
  }

  /** @returns what is held, as a line; `''` when nothing is */
  rest(): string {
    return this.hasBegun ? `${this.#release()}\n` : ''
  }

  /** @returns records that have ended without a newline, with one */
  #hold(piece: string): string {
    let records = ''
    let from = 0
    while (from < piece.length) {
      const found = this.#endOfObject(piece, from)
      this.#add(piece.slice(from, found))
      if (found === undefined) break
      const mayEnd = found === piece.length || piece[found] === '{'
      if (mayEnd && isJson(this.#join())) records += this.rest()
      else this.#object = undefined
      from = found
    }
    this.#lacksNewline = records !== '' && !this.hasBegun
    return this.#characters > MAX_LINE_BYTES ? records + this.rest() : records
  }

  #endOfObject(piece: string, from: number): number | undefined {
    if (!this.hasBegun) this.#object = piece[from] === '{' ? new ObjectEnd() : undefined
    const length = this.#object?.find(piece.slice(from))
    return length === undefined ? undefined : from + length
  }

  #add(piece: string): void {
    this.#held.push(piece)
    this.#characters += piece.length
  }

  #join(): string {
    if (this.#held.length > 1) this.#held = [this.#held.join('')]
    return this.#held[0] ?? ''
  }

  #release(): string {
    const text = this.#join()
    this.#held = []
    this.#characters = 0
    this.#object = undefined
    return text
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
