/** Between two marks, ms, as long as there are few. */
const FIRST_STEP_MS = 250
const MOST_MARKS = 1000

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
  #step = FIRST_STEP_MS

  /** @param since - when following began, ms since the epoch */
  constructor(since: number) {
    this.#since = since
  }

  /** Bytes of the log were seen. Positions grow. */
  add(from: number, end: number, now: number): void {
    if (this.#marks.length === 0) this.#marks.push({ end: from, at: this.#since })
    const last = this.#marks.at(-1)
    if (last && this.#marks.length > 1 && now - last.at < this.#step) last.end = end
    else this.#marks.push({ end, at: now })
    if (this.#marks.length > MOST_MARKS) this.#thin()
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

  #thin(): void {
    this.#step *= 2
    this.#marks = this.#marks.flatMap(({ at }, index) =>
      index % 2 === 0 ? [{ at, end: (this.#marks[index + 1] ?? this.#marks[index])?.end ?? 0 }] : [],
    )
  }
}
