/**
 * Which lines are wanted.
 *
 * What always holds in this room: a line is parsed only when its bytes have what it must have. A line that is not a
 * record is shown unless a condition asks for a field. A condition that remembers earlier lines gets all of them, also
 * those that other conditions do not want.
 */
import { levelNumber, recordTime } from '@pino-funnel/channel'
import type { FileContent } from '@pino-funnel/ledger'
import { levelOfLine, parseRecord } from '@pino-funnel/listener/records'
import type { RotatedFile } from '@pino-funnel/reader'
import type { Criterion } from './criterion.ts'
import { TextFinder } from './text-finder.ts'
import { parseTime } from '../access/time-option.ts'
import { UsageError } from '../access/usage-error.ts'
import { parseWhere } from './where.ts'
import { parseWorker } from './worker-option.ts'

export const FILTER_OPTIONS = {
  worker: { type: 'string' },
  level: { type: 'string' },
  where: { type: 'string', multiple: true },
  grep: { type: 'string', multiple: true },
  since: { type: 'string' },
  until: { type: 'string' },
} as const

export const FILTER_HELP = `  --worker <worker>  a process (9145), a thread (9145-2) or a slot of a pool (cluster:3)
  --level <level>    records of this level and above: warn, or a number
  --where <cond>     a condition on a field: req.id=42, also != < <= > >= and ~ for a
                     regular expression; several must all hold
  --grep <text>      lines that contain a text; several must all be there
  --since <time>     10m, 2h, yesterday, 14:30, 2026-11-21, 2026-11-21T14:30:00Z
  --until <time>`

export interface FilterValues {
  readonly worker?: string | undefined
  readonly level?: string | undefined
  readonly where?: readonly string[] | undefined
  readonly grep?: readonly string[] | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

export class Filter {
  /** The longest of the needles: it is searched for first. `undefined` when each line has to be seen. */
  readonly needle: Buffer | undefined
  /** Records before this time are not wanted; ms since the epoch. */
  readonly since: number
  /** Whether lines far above decide about a line. */
  readonly needsWholeLog: boolean
  readonly #until: number
  readonly #isTimed: boolean
  readonly #level: number
  readonly #criteria: readonly Criterion[]
  readonly #noting: readonly Criterion[]

  /** @throws UsageError */
  constructor(values: FilterValues, now: number) {
    const { worker, level, where = [], grep = [], since, until } = values
    this.since = since === undefined ? -Infinity : parseTime('--since', since, now)
    this.#until = until === undefined ? Infinity : parseTime('--until', until, now)
    if (this.#until < this.since)
      throw new UsageError(`Option '--until' must not be before '--since'; got '${since}' and '${until}'`)
    this.#level = level === undefined ? -Infinity : parseLevel(level)
    this.#isTimed = this.since !== -Infinity || this.#until !== Infinity
    this.#criteria = [
      ...grep.map(containing),
      ...(level === undefined ? [] : [atLeast(this.#level)]),
      ...(this.#isTimed ? [between(this.since, this.#until)] : []),
      ...(worker === undefined ? [] : [parseWorker(worker)]),
      ...where.map(parseWhere),
    ]
    const needles = this.#criteria.flatMap(({ needle }) => (needle && needle.length > 0 ? [needle] : []))
    this.#noting = this.#criteria.filter((criterion) => criterion.note !== undefined)
    this.needsWholeLog = this.#criteria.some((criterion) => criterion.needsWholeLog === true)
    this.needle = this.remembers ? undefined : needles.toSorted((one, other) => other.length - one.length)[0]
  }

  /** Whether a run of lines may have one that is wanted; `undefined` when each line has to be seen. For one log. */
  finder(): ((lines: Buffer) => boolean) | undefined {
    if (!this.needle) return undefined
    const text = new TextFinder(this.needle)
    return (lines) => text.isIn(lines)
  }

  /** Whether lines above decide about a line. */
  get remembers(): boolean {
    return this.#noting.length > 0
  }

  /** Whether each line is wanted. */
  get isEmpty(): boolean {
    return this.#criteria.length === 0
  }

  /** Whether a rotated file may have lines that decide. */
  wantsFile({ modified, content, next }: Pick<RotatedFile, 'modified' | 'content' | 'next'>): boolean {
    if (this.needsWholeLog) return true
    if (modified < this.since) return false
    if (content === undefined) return true
    if (!this.#isTimed) return this.#wantsLevels(content)
    return this.#wantsTimes(content) && (mayDecideAbout(next) || this.#wantsLevels(content))
  }

  /** A line without a time has that of the record before it, which may be in the file before. */
  #wantsTimes({ first, last, untimed }: FileContent): boolean {
    if (first === null || last === null || untimed > 0) return true
    return last >= this.since && first <= this.#until
  }

  #wantsLevels({ levels }: FileContent): boolean {
    return Object.keys(levels).some((level) => level === 'other' || Number(level) >= this.#level)
  }

  /** Remembers a line that is not wanted itself. */
  note(line: Buffer): void {
    for (const criterion of this.#noting) criterion.note?.(line)
  }

  /**
   * A filter that remembers gets all lines in the order of the log.
   *
   * @param line - without the newline
   */
  matches(line: Buffer): boolean {
    this.note(line)
    return this.#criteria.every((criterion) => criterion.matches(line))
  }
}

/** Whether the last record of a file may decide about lines without a time, with which the next one may begin. */
function mayDecideAbout(next: FileContent | undefined): boolean {
  return next === undefined || next.untimed > 0 || next.first === null
}

function containing(text: string): Criterion {
  const needle = Buffer.from(text)
  return { needle, matches: (line) => line.includes(needle) }
}

function parseLevel(level: string): number {
  const least = /^\d+$/.test(level) ? Number(level) : levelNumber(level.toLowerCase())
  if (least !== undefined) return least
  throw new UsageError(`Option '--level' must be a level of pino such as 'warn', or a number; got '${level}'`)
}

function atLeast(least: number): Criterion {
  return { needle: undefined, matches: (line) => levelOfLine(line, 0, line.length) >= least }
}

/** A line without a time, such as one of a stack trace, counts as written when the one before it was. */
function between(since: number, until: number): Criterion {
  let isWanted = false
  return {
    needle: undefined,
    note(line) {
      const time = recordTime(parseRecord(line)?.['time'])
      if (!Number.isNaN(time)) isWanted = time >= since && time <= until
    },
    matches: () => isWanted,
  }
}
