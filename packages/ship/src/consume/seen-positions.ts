/**
 * Which records a consumer has had: the highest position of each log, 8 bytes a log. What is not above it was there
 * before.
 */
export class SeenPositions {
  readonly #ends: Map<string, number>

  /** @param ends - of an earlier life: position after the last record that was handled, by log id */
  constructor(ends: Iterable<readonly [string, number]> = []) {
    this.#ends = new Map(ends)
  }

  has(log: string, position: number): boolean {
    return position < (this.#ends.get(log) ?? 0)
  }

  add(log: string, end: number): void {
    this.#ends.set(log, Math.max(end, this.#ends.get(log) ?? 0))
  }
}
