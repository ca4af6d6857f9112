const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 30_000
/** Who fails so soon again has not got well: otherwise one that dies at each record would be started without a pause. */
const WELL_AFTER_MS = 30_000

/** How long to wait before a sink is started again: 100 ms, doubling to 30 s, anew when it was well for 30 s. */
export class Backoff {
  #failures = 0
  #wellSince: number | undefined

  /** It is up. @param now - monotonic, in milliseconds */
  succeed(now: number): void {
    this.#wellSince = now
  }

  /** It failed. @returns milliseconds to wait, and whether it had been well before */
  fail(now: number): { readonly delay: number; readonly isFirst: boolean } {
    if (this.#wellSince !== undefined && now - this.#wellSince >= WELL_AFTER_MS) this.#failures = 0
    this.#wellSince = undefined
    const isFirst = this.#failures === 0
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.#failures, LONGEST_DELAY_MS)
    this.#failures += 1
    return { delay, isFirst }
  }
}
