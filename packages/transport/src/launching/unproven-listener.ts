import { monotonicNow } from '@pino-funnel/channel/captured'
import { isMainThread } from 'node:worker_threads'

/** Until the first launch, in ms: a worker whose event loop turns is connected, or refused, long before. */
const FIRST_MS = 250
/** Between two launches, in ms. */
const AGAIN_MS = 30_000

/**
 * A listener of another PID namespace: no record of it proves that it lives, and a worker whose event loop does not turn can't
 * connect to it. A worker without a connection gives it up now and then. The listener that is launched then is not elected,
 * and leaves, if the other lives.
 */
export class UnprovenListener {
  #epoch = 0
  /** When it is given up next, by the monotonic clock. */
  #dueAt = 0

  /** @param isLastChance - the worker ends */
  isGivenUp(epoch: number, isLastChance: boolean): boolean {
    const now = monotonicNow()
    if (epoch !== this.#epoch) {
      this.#epoch = epoch
      this.#dueAt = now + FIRST_MS
    }
    // The first process of a PID namespace takes what it has started with it.
    if (isLastChance) return !isMainThread || process.pid !== 1
    return now >= this.#dueAt
  }

  /** This worker has launched one. While it gets no ticket it tries again, or it may never meet the end of a pause. */
  launched(): void {
    this.#dueAt = monotonicNow() + AGAIN_MS
  }
}
