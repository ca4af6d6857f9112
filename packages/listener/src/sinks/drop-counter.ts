import type { DropTally } from '@pino-funnel/channel'
import { endOfLine } from '../lines/each-line.ts'
import { levelOfLine, UNKNOWN_LEVEL } from '../lines/line-level.ts'

/** Why a sink did not get a record; see `SinkNotice`. */
export type DropCause = 'queue full' | 'unconfirmed' | 'closed'

/**
 * Levels that are counted apart. Most applications have few; the tally stays small for one that numbers them wildly.
 */
const MOST_LEVELS = 16

/** Counts the records that a sink did not get. Counting is cheap: while a sink hangs, it is done for each record. */
export class DropCounter {
  readonly #levels = new Map<number | 'other', number>()
  readonly #causes = new Map<DropCause, number>()
  /** Equal records that are not counted yet: most records are like the one before. */
  #run = 0
  #runLevel = 0
  #runCause: DropCause = 'queue full'
  #count = 0
  #from = 0
  #to = 0

  /** The caller calls `settle` after the last one. */
  add(level: number, cause: DropCause): void {
    if (level !== this.#runLevel || cause !== this.#runCause) this.settle()
    this.#runLevel = level
    this.#runCause = cause
    this.#run += 1
  }

  /** Counts the run of equal records. */
  settle(): void {
    if (this.#run === 0) return
    this.#to = Date.now()
    if (this.#count === 0) this.#from = this.#to
    this.#count += this.#run
    const key = this.#levels.has(this.#runLevel) || this.#levels.size < MOST_LEVELS ? this.#runLevel : 'other'
    this.#levels.set(key, (this.#levels.get(key) ?? 0) + this.#run)
    this.#causes.set(this.#runCause, (this.#causes.get(this.#runCause) ?? 0) + this.#run)
    this.#run = 0
  }

  /** @returns how many lines there were */
  addLines(lines: Buffer, cause: DropCause): number {
    const before = this.#count
    for (let from = 0; from < lines.length;) {
      const end = endOfLine(lines, from)
      this.add(levelOfLine(lines, from, end), cause)
      from = end
    }
    this.settle()
    return this.#count - before
  }

  /** Takes what was counted, and starts again at zero. */
  take(): DropTally | undefined {
    if (this.#count === 0) return undefined
    const levels = [...this.#levels].map(([level, count]) => [level === UNKNOWN_LEVEL ? 'unknown' : level, count])
    const tally = {
      count: this.#count,
      levels: Object.fromEntries(levels) as Record<string, number>,
      causes: Object.fromEntries(this.#causes),
      from: this.#from,
      to: this.#to,
    }
    this.#levels.clear()
    this.#causes.clear()
    this.#count = 0
    return tally
  }
}
