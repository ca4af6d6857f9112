import { Backoff } from '@pino-funnel/channel'

const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 30_000
/**
 * A sink that fails sooner has not recovered: one that dies at each record would otherwise be started without a pause.
 */
const WELL_AFTER_MS = 30_000

/** How long a sink waits for its next start: 100 ms, doubling to 30 s, and 100 ms again after it ran for 30 s. */
export class RestartDelay {
  readonly #backoff = new Backoff(FIRST_DELAY_MS, LONGEST_DELAY_MS)
  #wellSince: number | undefined

  /** The sink runs. @param now - monotonic, in milliseconds */
  started(now: number): void {
    this.#wellSince = now
  }

  /** The sink failed. @returns milliseconds to wait, and whether it had been well before */
  failed(now: number): { readonly delay: number; readonly isFirst: boolean } {
    if (this.#wellSince !== undefined && now - this.#wellSince >= WELL_AFTER_MS) this.#backoff.succeed()
    this.#wellSince = undefined
    const isFirst = this.#backoff.failures === 0
    return { delay: this.#backoff.fail(), isFirst }
  }
}
