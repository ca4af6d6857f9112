/** Random numbers that can be had again: a failure names the seed, and `SEED=<seed> npm run test:process` repeats it. */
export class Random {
  readonly seed: number = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32))
  #state: number = this.seed

  /** A whole number from `from` to `to`, both included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1))
  }

  shuffled<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, key: this.#next() }))
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
  }

  /** Mulberry32, by Tommy Ettinger; in the public domain. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
