/**
 * The names of rotated files: `app.log` becomes `app.1.log`, then `app.2.log`; with a date, `app.2026-11-21.3.log`;
 * compressed, `app.1.log.gz`.
 *
 * The number grows by one with each rotation, whatever the date. So a clock that is set back does not change the order,
 * and no rotated file is overwritten.
 */
import type { Compression } from '@pino-funnel/channel'
import { parse as parsePath } from 'node:path'
import type { LogNames } from '../log/known-logs.ts'
import { formatTime, isDate } from './dates.ts'

export interface RotatedName {
  readonly name: string
  /** Its name before it was compressed. */
  readonly original: string
  /** The higher, the younger. */
  readonly number: number
  readonly compression: Compression | undefined
}

const SUFFIXES: Readonly<Record<Compression, string>> = { gzip: '.gz', zstd: '.zst' }
const COMPRESSIONS = ['gzip', 'zstd'] as const
/** Longer numbers are not those of rotated files. */
export const HIGHEST_NUMBER = 999_999_999_999_999
/** Suffix of a compressed file that is not complete yet. */
export const PARTIAL_SUFFIX = '.partial'

export function compressedName(name: string, compression: Compression): string {
  return `${name}${SUFFIXES[compression]}`
}

export class RotatedNames {
  readonly #base: string
  readonly #extension: string
  readonly #dateFormat: string | undefined
  readonly #utc: boolean
  readonly #logNames: LogNames

  /**
   * @param file - the log file's name
   * @param logNames - the names of all log files, which are never names of rotated files: a log may be called app.1.log
   */
  constructor(file: string, dateFormat: string | undefined, utc: boolean, logNames: LogNames = new Set()) {
    const { name, ext } = parsePath(file)
    this.#base = name
    this.#extension = ext
    this.#dateFormat = dateFormat
    this.#utc = utc
    this.#logNames = logNames
  }

  /**
   * @param number - up to `HIGHEST_NUMBER`
   * @param time - ms since the epoch, for the date; see `dateFor`
   */
  make(number: number, time: number): string {
    return `${this.#base}${this.dateFor(time) ?? ''}.${number}${this.#extension}`
  }

  /**
   * The date in a name, with the dot before it, `''` when names have none. `undefined` for a date that can't be read
   * back: a file with it would never be found again, and no limit would count it.
   */
  dateFor(time: number): string | undefined {
    if (this.#dateFormat === undefined) return ''
    const date = formatTime(time, this.#dateFormat, this.#utc)
    return this.#isOurDate(date) ? `.${date}` : undefined
  }

  /**
   * `undefined` for a name that `make` does not make: files of another log must never be taken for files of this one.
   */
  parse(name: string): RotatedName | undefined {
    if (this.#logNames.has(name)) return undefined
    // A log file may have the name app.gz.
    const number = this.#numberOf(name)
    if (number !== undefined) return { name, original: name, number, compression: undefined }
    for (const compression of COMPRESSIONS) {
      if (!name.endsWith(SUFFIXES[compression])) continue
      const original = name.slice(0, -SUFFIXES[compression].length)
      const numberOfOriginal = this.#numberOf(original)
      if (numberOfOriginal !== undefined) return { name, original, number: numberOfOriginal, compression }
    }
    return undefined
  }

  /** All names that a rotated file may get in the course of time. */
  stagesOf(original: string): string[] {
    return [original, ...COMPRESSIONS.map((compression) => compressedName(original, compression))]
  }

  #numberOf(original: string): number | undefined {
    if (!original.startsWith(`${this.#base}.`) || !original.endsWith(this.#extension)) return undefined
    const middle = original.slice(this.#base.length + 1, original.length - this.#extension.length)
    const [, date, digits] = /^(?:(.+)\.)?([1-9]\d{0,14})$/.exec(middle) ?? []
    return digits === undefined || !this.#isOurDate(date) ? undefined : Number(digits)
  }

  #isOurDate(date: string | undefined): boolean {
    return date === undefined || (this.#dateFormat !== undefined && isDate(date, this.#dateFormat))
  }
}
