import type { SourcePortion } from '../source/log-source.ts'

/** Lines that wait to be sent, in memory. What has no room is not taken: a program that logs is never held up. */
export class LineQueue implements AsyncIterable<SourcePortion> {
  readonly #most: number
  #lines: Buffer[] = []
  #bytes = 0
  /** Position of the first line that waits. */
  #from = 0
  #isEnded = false
  #wake: () => void = () => {}

  /** @param most - bytes that may wait */
  constructor(most: number) {
    this.#most = most
  }

  /** @param line - without its newline @returns whether there was room for it */
  add(line: string): boolean {
    const bytes = Buffer.from(`${line}\n`)
    if (this.#bytes + bytes.length > this.#most) return false
    this.#lines.push(bytes)
    this.#bytes += bytes.length
    this.#wake()
    return true
  }

  /** What waits is still given. */
  end(): void {
    this.#isEnded = true
    this.#wake()
  }

  /** Gives up what waits. @returns how many lines that is */
  clear(): number {
    const { length } = this.#lines
    this.#take()
    return length
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SourcePortion, void, void> {
    for (;;) {
      if (this.#lines.length > 0) yield this.#take()
      else if (this.#isEnded) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #take(): SourcePortion {
    const portion = { from: this.#from, bytes: Buffer.concat(this.#lines) }
    this.#from += this.#bytes
    this.#lines = []
    this.#bytes = 0
    return portion
  }
}
