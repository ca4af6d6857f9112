import { setTimeout as elapsed } from 'node:timers/promises'

const EVERY_MS = 1000

interface Taken<T> {
  readonly at: number
  readonly picture: Promise<T>
  isRunning: boolean
}

/** One picture a second for all pages, taken while a page is open. A picture that takes longer holds up the next one. */
export class SharedPictures<T> {
  readonly #take: () => Promise<T>
  #last: Taken<T> | undefined

  /** @param take - is never called again before it has settled */
  constructor(take: () => Promise<T>) {
    this.#take = take
  }

  /** @throws what `take` throws */
  async *until(signal: AbortSignal): AsyncGenerator<T, void, void> {
    while (!signal.aborted) {
      const { at, picture } = this.#current()
      yield await picture
      const wait = at + EVERY_MS - performance.now()
      await elapsed(Math.max(0, wait), undefined, { signal }).catch(() => {})
    }
  }

  #current(): Taken<T> {
    const last = this.#last
    const now = performance.now()
    if (last && (last.isRunning || now - last.at < EVERY_MS)) return last
    const picture = this.#take().finally(() => (taken.isRunning = false))
    const taken: Taken<T> = { at: now, picture, isRunning: true }
    this.#last = taken
    return taken
  }
}
