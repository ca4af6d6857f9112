/**
 * The names of rotated files: `app.log` becomes `app.1.log`, then `app.2.log`; with a date, `app.2026-11-21.3.log`;
 * compressed, `app.1.log.gz`. The number goes up by one with each rotation, whatever the date, so that a clock that is
 * set back changes neither the order nor what is there.
 */
import type { Compression } from '@pino-funnel/channel'
import { parse as parsePath } from 'node:path'
import { formatDate, isDate } from './dates.ts'

export interface RotatedName {
  readonly name: string
  /** The higher, the younger. */
  readonly number: number
  readonly compression: Compression | undefined
}

const SUFFIXES: Readonly<Record<Compression, string>> = { gzip: '.gz', zstd: '.zst' }
/** Of a compressed file that is not whole yet. */
export const PARTIAL_SUFFIX = '.partial'

export function compressedName(name: string, compression: Compression): string {
  return `${name}${SUFFIXES[compression]}`
}

export class RotatedNames {
  readonly #base: string
  readonly #extension: string
  readonly #dateFormat: string | undefined
  readonly #utc: boolean

  /** @param file - the log file's name */
  constructor(file: string, dateFormat: string | undefined, utc: boolean) {
    const { name, ext } = parsePath(file)
    this.#base = name
    this.#extension = ext
    this.#dateFormat = dateFormat
    this.#utc = utc
  }

  /** @param time - ms since the epoch, for the date */
  make(number: number, time: number): string {
    const date = this.#dateFormat === undefined ? '' : `.${formatDate(time, this.#dateFormat, this.#utc)}`
    return `${this.#base}${date}.${number}${this.#extension}`
  }

  /** `undefined` when it is not a name that `make` gives: another log's files must never be taken for ours. */
  parse(name: string): RotatedName | undefined {
    const { plain, compression } = withoutSuffix(name)
    if (!plain.startsWith(`${this.#base}.`) || !plain.endsWith(this.#extension)) return undefined
    const middle = plain.slice(this.#base.length + 1, plain.length - this.#extension.length)
    const [, date, digits] = /^(?:(.+)\.)?([1-9]\d{0,14})$/.exec(middle) ?? []
    if (digits === undefined || !this.#isOurDate(date)) return undefined
    return { name, number: Number(digits), compression }
  }

  #isOurDate(date: string | undefined): boolean {
    return date === undefined || (this.#dateFormat !== undefined && isDate(date, this.#dateFormat))
  }
}

function withoutSuffix(name: string): { plain: string; compression: Compression | undefined } {
  for (const compression of ['gzip', 'zstd'] as const) {
    const suffix = SUFFIXES[compression]
    if (name.endsWith(suffix)) return { plain: name.slice(0, -suffix.length), compression }
  }
  return { plain: name, compression: undefined }
}
