/** Runs the collector's passes, one after the other: each says how long to pause, and one may be asked for at once. */
export class Passes {
  readonly #run: () => number
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #stopped = false

  /** @param run - a pass; gives the ms until there is to be a next one */
  constructor(run: () => number) {
    this.#run = run
  }

  /** As soon as what the event loop has at hand is done. */
  soon(): void {
    if (this.#immediate || this.#stopped) return
    clearTimeout(this.#timer)
    this.#immediate = setImmediate(() => this.#next())
  }

  #next(): void {
    this.#immediate = undefined
    const pause = this.#run()
    // What went on in the pass may have asked for the next one.
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
