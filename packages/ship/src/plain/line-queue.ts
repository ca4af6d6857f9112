import type { SourcePortion } from '../source/log-source.ts'

/** What a line costs beside its bytes. */
const LINE_OVERHEAD = 100

/** Lines in memory, until they are sent. What has no room is not taken: a program that logs is never held up. */
export class LineQueue implements AsyncIterable<SourcePortion> {
  readonly #most: number
  readonly #portion: number
  #lines: Buffer[] = []
  /** Lines that were taken and are not settled, and their costs; those that wait included. */
  #count = 0
  #cost = 0
  /** Position of the first line that waits. */
  #from = 0
  #isEnded = false
  #wake: () => void = () => {}

  /**
   * @param most - bytes that lines may cost together
   * @param portion - bytes that are given at once, or one line
   */
  constructor(most: number, portion: number) {
    this.#most = most
    this.#portion = portion
  }

  /** Lines that are not settled. */
  get count(): number {
    return this.#count
  }

  /** @param line - without its newline @returns whether there was room for it */
  add(line: string): boolean {
    const bytes = Buffer.from(`${line}\n`)
    if (this.#isEnded || this.#cost + costOf(bytes) > this.#most) return false
    this.#lines.push(bytes)
    this.#count += 1
    this.#cost += costOf(bytes)
    this.#wake()
    return true
  }

  /** Lines that were sent or given up make room. */
  settle(lines: number, bytes: number): void {
    this.#count -= lines
    this.#cost -= bytes + lines * LINE_OVERHEAD
  }

  /** What waits is still given. */
  end(): void {
    this.#isEnded = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SourcePortion, void, void> {
    for (;;) {
      if (this.#lines.length > 0) yield this.#take()
      else if (this.#isEnded) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #take(): SourcePortion {
    let count = 0
    for (let bytes = 0; count < this.#lines.length && bytes < this.#portion; count++)
      bytes += this.#lines[count]?.length ?? 0
    const portion = { from: this.#from, bytes: Buffer.concat(this.#lines.splice(0, count)) }
    this.#from += portion.bytes.length
    return portion
  }
}

function costOf({ length }: Buffer): number {
  return length + LINE_OVERHEAD
}
