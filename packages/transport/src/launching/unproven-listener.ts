import { monotonicNow } from '@pino-funnel/channel/captured'

/** Ms until the first launch: a worker whose event loop turns is connected, or refused, long before. */
const FIRST_MS = 250
/** Ms between two launches, and from the last sign of life to one. */
const AGAIN_MS = 30_000

/**
 * A listener of another PID namespace: no record of it proves that it lives, and a worker whose event loop does not turn can't
 * connect to it. It is given up now and then. The listener that is launched then is not elected, and leaves, if it lives.
 */
export class UnprovenListener {
  #epoch = 0
  #isReached = false
  /** When it is given up next, by the monotonic clock. */
  #dueAt = 0

  /** A connection to it was made. */
  reached(epoch: number): void {
    this.#begin(epoch, AGAIN_MS)
    this.#isReached = true
  }

  /** A connection to it has ended. */
  lost(epoch: number): void {
    if (epoch === this.#epoch) this.#begin(epoch, FIRST_MS)
  }

  /** @param isLastChance - the worker ends. Nothing that it starts outlives it where it is the first process of a namespace */
  isGivenUp(epoch: number, isLastChance: boolean): boolean {
    if (epoch !== this.#epoch) this.#begin(epoch, FIRST_MS)
    if (isLastChance) return !this.#isReached && process.pid !== 1
    const now = monotonicNow()
    if (now < this.#dueAt) return false
    this.#dueAt = now + AGAIN_MS
    return true
  }

  #begin(epoch: number, ms: number): void {
    this.#epoch = epoch
    this.#isReached = false
    this.#dueAt = monotonicNow() + ms
  }
}
