/** The wait after each failure in a row: it doubles from a first to a longest wait, and a success starts it again. */
export class Backoff {
  readonly #firstMs: number
  readonly #longestMs: number
  #failures = 0

  constructor(firstMs: number, longestMs: number) {
    this.#firstMs = firstMs
    this.#longestMs = longestMs
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures
  }

  /** Counts a failure. @returns milliseconds to wait before the next attempt */
  fail(): number {
    const delay = this.delayAfter(this.#failures)
    this.#failures += 1
    return delay
  }

  succeed(): void {
    this.#failures = 0
  }

  /** Milliseconds to wait after a failure that follows on `earlier` ones in a row. */
  delayAfter(earlier: number): number {
    return Math.min(this.#firstMs * 2 ** earlier, this.#longestMs)
  }
}
