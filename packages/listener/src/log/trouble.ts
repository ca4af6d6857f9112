/** The first retry comes soon, later ones not too often. */
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5000

/** Something that does not work at present, and when to try it again. */
export class Trouble {
  readonly since: number = Date.now()
  #error: Error
  #delay = FIRST_RETRY_MS
  #retryAt = performance.now() + FIRST_RETRY_MS

  constructor(error: Error) {
    this.#error = error
  }

  get error(): Error {
    return this.#error
  }

  get isWaiting(): boolean {
    return performance.now() < this.#retryAt
  }

  /** It still does not work. */
  again(error: Error): void {
    this.#error = error
    this.#delay = Math.min(this.#delay * 2, LONGEST_RETRY_MS)
    this.#retryAt = performance.now() + this.#delay
  }
}
