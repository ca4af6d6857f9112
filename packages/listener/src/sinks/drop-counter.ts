import type { DropTally } from '@pino-funnel/channel'
import { levelOfLine, UNKNOWN_LEVEL } from '../lines/line-level.ts'

/** Why a sink did not get a record; see `SinkNotice`. */
export type DropCause = 'queue full' | 'unconfirmed' | 'closed'

/** The kinds of levels are few; should an application number them wildly, the tally must still stay small. */
const MOST_LEVELS = 16
const NEWLINE = 0x0a

/** Counts what a sink did not get, cheaply: while it hangs, that is every record. */
export class DropCounter {
  readonly #levels = new Map<number | 'other', number>()
  readonly #causes = new Map<DropCause, number>()
  /** Records that were alike, and not yet counted: most are like the one before. */
  #run = 0
  #runLevel = 0
  #runCause: DropCause = 'queue full'
  #count = 0
  #from = 0
  #to = 0

  /** To be followed by `settle`, once for all of a call. */
  add(level: number, cause: DropCause): void {
    if (level !== this.#runLevel || cause !== this.#runCause) this.settle()
    this.#runLevel = level
    this.#runCause = cause
    this.#run += 1
  }

  /** Counts the run of records that were alike. */
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

  /** @returns how many there were */
  addLines(lines: Buffer, cause: DropCause): number {
    const before = this.#count
    for (let at = 0; at < lines.length;) {
      const newline = lines.indexOf(NEWLINE, at)
      const end = newline === -1 ? lines.length : newline + 1
      this.add(levelOfLine(lines, at, end), cause)
      at = end
    }
    this.settle()
    return this.#count - before
  }

  /** What was counted, and begins anew. */
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
