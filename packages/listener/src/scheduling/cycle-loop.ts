/**
 * Runs passes one after the other. Each pass returns how long to pause; any event may ask for the next pass at once.
 */
export class CycleLoop {
  readonly #run: () => number
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #stopped = false

  /** @param run - a pass; returns ms until the next one, 0 for at once */
  constructor(run: () => number) {
    this.#run = run
  }

  /** Runs a pass as soon as the event loop has done what is at hand. */
  soon(): void {
    if (this.#immediate || this.#stopped) return
    clearTimeout(this.#timer)
    this.#immediate = setImmediate(() => this.#next())
  }

  #next(): void {
    this.#immediate = undefined
    const pause = this.#run()
    // The pass itself may have asked for the next one.
    if (this.#stopped || this.#immediate) return
    if (pause === 0) this.soon()
    else this.#timer = setTimeout(() => this.#next(), pause)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
  }
}
