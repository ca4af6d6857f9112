import { Backoff } from '@pino-funnel/channel'

const FIRST_MS = 100
const LONGEST_MS = 30_000

/** Pauses after failures, with full jitter, so that a thousand shippers do not come back to a server at once. */
export class Pauses {
  readonly #backoff = new Backoff(FIRST_MS, LONGEST_MS)
  #wake: () => void = () => {}

  /** @param failures - in a row, this one included */
  async pause(failures: number, signal: AbortSignal): Promise<void> {
    const ms = Math.random() * this.#backoff.delayAfter(failures - 1)
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done)
      this.#wake = done
      if (signal.aborted) done()
    })
  }

  /** Ends a pause: an operator may have changed something. */
  wake(): void {
    this.#wake()
  }
}

/** Spreads batches out, so that not more than so many bytes leave in a second. */
export function pacer(maxRate: number | undefined): ((bytes: number) => Promise<void>) | undefined {
  if (maxRate === undefined) return undefined
  let free = performance.now()
  return async (bytes) => {
    free = Math.max(free, performance.now()) + (bytes / maxRate) * 1000
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, free - performance.now())))
  }
}
