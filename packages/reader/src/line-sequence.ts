import { linesOf, type LogLine, type Portion } from './reading/portion.ts'

/**
 * The lines of portions, one by one, as an async generator gives them. That would take three turns of the microtask queue for
 * each line of a portion that is there, and more time than all else that a reader does; this takes one.
 */
export class LineSequence implements AsyncGenerator<LogLine, void, void> {
  readonly #portions: AsyncGenerator<Portion, void, void>
  /** Of the current portion. */
  #lines: Iterator<LogLine, void, void> | undefined
  /** Goes on to the next portion. Calls that come meanwhile wait for it. */
  #turn: Promise<void> | undefined
  #isOver = false

  constructor(portions: AsyncGenerator<Portion, void, void>) {
    this.#portions = portions
  }

  next(): Promise<IteratorResult<LogLine, void>> {
    const line = this.#turn || this.#isOver ? undefined : this.#lines?.next()
    return line?.done === false ? Promise.resolve(line) : this.#nextOfPortions()
  }

  async #nextOfPortions(): Promise<IteratorResult<LogLine, void>> {
    // The failure is that of the call that has begun it; the sequence is over then.
    if (this.#turn) await this.#turn.catch(() => {})
    else if (!this.#isOver) await this.#turnPortion()
    return this.#isOver ? { done: true, value: undefined } : this.next()
  }

  async #turnPortion(): Promise<void> {
    this.#turn = this.#readPortion()
    try {
      await this.#turn
    } finally {
      this.#turn = undefined
    }
  }

  async #readPortion(): Promise<void> {
    try {
      const { done, value } = await this.#portions.next()
      if (done === true) this.#isOver = true
      else this.#lines = linesOf(value)
    } catch (error) {
      this.#isOver = true
      throw error
    }
  }

  async return(): Promise<IteratorResult<LogLine, void>> {
    this.#isOver = true
    this.#lines = undefined
    await this.#portions.return()
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<IteratorResult<LogLine, void>> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
