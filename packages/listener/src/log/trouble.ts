import { Backoff, nameHeldIn } from '@pino-funnel/channel'

/** The first retry comes soon, later ones not too often. */
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5000

/** An operation on a log file that fails, and when to try it again. */
export class Trouble {
  /** Ms since the epoch. */
  readonly since: number = Date.now()
  readonly #backoff = new Backoff(FIRST_RETRY_MS, LONGEST_RETRY_MS)
  #error: Error
  #retryAt: number

  constructor(error: Error) {
    nameHeldIn(error)
    this.#error = error
    this.#retryAt = performance.now() + this.#backoff.fail()
  }

  /** The latest one. */
  get error(): Error {
    return this.#error
  }

  /** Whether it is too early to try again. */
  get isWaiting(): boolean {
    return performance.now() < this.#retryAt
  }

  /** The operation was tried again, and failed again. */
  again(error: Error): void {
    nameHeldIn(error)
    this.#error = error
    this.#retryAt = performance.now() + this.#backoff.fail()
  }
}
