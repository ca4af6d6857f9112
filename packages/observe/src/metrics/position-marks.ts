/** Between two marks, ms. */
const STEP_MS = 250
/** Of the age of a mark, how far apart the ones beside it may be: so many are left, however long it goes on. */
const COARSENESS = 0.05
/** Then those are left out that are too many. */
const MOST_MARKS = 2000

interface Mark {
  /** Position after the bytes that it is for. */
  end: number
  /** When the first of them were seen, ms since the epoch. */
  readonly at: number
}

/** When which position of a log was reached, since it is followed. The further back, the coarser. */
export class PositionMarks {
  readonly #since: number
  #marks: Mark[] = []

  /** @param since - when following began, ms since the epoch */
  constructor(since: number) {
    this.#since = since
  }

  /** Bytes of the log were seen. Positions grow. */
  add(from: number, end: number, now: number): void {
    if (this.#marks.length === 0) this.#marks.push({ end: from, at: this.#since })
    const last = this.#marks.at(-1)
    if (last && this.#marks.length > 1 && now - last.at < STEP_MS) last.end = end
    else this.#marks.push({ end, at: now })
    if (this.#marks.length > MOST_MARKS) this.#thin(now)
  }

  /**
   * How old the oldest byte is that a reader does not have yet, as far as it was seen.
   *
   * @param position - up to where the reader has the log; it has not all of it
   * @returns ms
   */
  ageAt(position: number, now: number): number {
    const mark = this.#marks.find(({ end }) => end > position)
    if (mark) return Math.max(0, now - mark.at)
    return this.#marks.length === 0 ? Math.max(0, now - this.#since) : 0
  }

  #thin(now: number): void {
    const kept: Mark[] = []
    for (const [index, mark] of this.#marks.entries()) {
      const [before, after] = [kept.at(-1), this.#marks[index + 1]]
      const isSpare = before && after && after.at - before.at <= (now - mark.at) * COARSENESS
      if (!isSpare) kept.push(mark)
    }
    this.#marks = kept
  }
}
