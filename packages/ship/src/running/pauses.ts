import { Backoff } from '@pino-funnel/channel'
import { setTimeout as delay } from 'node:timers/promises'

const FIRST_MS = 100
const LONGEST_MS = 30_000
/** When the shipper is about to end. */
const LONGEST_HURRIED_MS = 1000
/** A server that wants to be left alone for longer is asked nevertheless. */
const LONGEST_WAIT_MS = 10 * 60_000

/** Pauses after failures, with full jitter, so that a thousand shippers do not come back to a server at once. */
export class Pauses {
  readonly #backoff = new Backoff(FIRST_MS, LONGEST_MS)
  #longest = LONGEST_MS
  /** Of the pause that lasts: that of the engine, and that of this shipper. */
  #waiting: { readonly engine: AbortController; readonly own: AbortController } | undefined

  /**
   * @param failures - in a row, this one included
   * @param least - ms that the engine wants to be left alone
   */
  async pause(failures: number, signal: AbortSignal, least = 0): Promise<void> {
    const waiting = { engine: new AbortController(), own: new AbortController() }
    this.#waiting = waiting
    await pause(Math.min(least, LONGEST_WAIT_MS), AbortSignal.any([signal, waiting.engine.signal]))
    const longest = Math.min(this.#backoff.delayAfter(failures - 1), this.#longest)
    await pause(Math.random() * longest, AbortSignal.any([signal, waiting.own.signal]))
  }

  /** Ends a pause: an operator may have changed something. */
  wake(): void {
    this.#waiting?.engine.abort()
    this.#waiting?.own.abort()
  }

  /** Makes the pauses short, except for what the engine asks for: the shipper is about to end. */
  hurry(): void {
    this.#longest = LONGEST_HURRIED_MS
    this.#waiting?.own.abort()
  }
}

/** Waits, and not longer than until the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch {
    // It was aborted.
  }
}

/** Spreads batches out, so that not more than so many bytes leave in a second. */
export function pacer(
  maxRate: number | undefined,
): ((bytes: number, signal: AbortSignal) => Promise<void>) | undefined {
  if (maxRate === undefined) return undefined
  let free = performance.now()
  return async (bytes, signal) => {
    free = Math.max(free, performance.now()) + (bytes / maxRate) * 1000
    await pause(Math.max(0, free - performance.now()), signal)
  }
}
