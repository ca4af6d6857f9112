import { Backoff } from '@pino-funnel/channel'
import { setTimeout as delay } from 'node:timers/promises'

const FIRST_MS = 100
const LONGEST_MS = 30_000
/** A server that wants to be left alone for longer is asked nevertheless. */
const LONGEST_WAIT_MS = 10 * 60_000

/** Pauses after failures, with full jitter, so that a thousand shippers do not come back to a server at once. */
export class Pauses {
  readonly #backoff = new Backoff(FIRST_MS, LONGEST_MS)
  #wake: () => void = () => {}

  /**
   * @param failures - in a row, this one included
   * @param least - ms that the engine wants to be left alone
   */
  async pause(failures: number, signal: AbortSignal, least = 0): Promise<void> {
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    const ms = Math.min(least, LONGEST_WAIT_MS) + Math.random() * this.#backoff.delayAfter(failures - 1)
    await pause(ms, AbortSignal.any([signal, woken.signal]))
  }

  /** Ends a pause: an operator may have changed something. */
  wake(): void {
    this.#wake()
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
