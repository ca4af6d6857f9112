/** The options for rotation: when a log file is rotated, and which rotated files are kept. */
import {
  formatDate,
  isDateText,
  isRecord,
  isWholeNumber,
  type Compression,
  type RetentionLimit,
  type RotationFrequency,
  type RotationOptions,
} from '@pino-funnel/channel'
import { parse as parsePath, join } from 'node:path'
import { VALUE } from '../naming/value-name.ts'
import { isBoolean, optional, optionError, refuseUnknownFields, show, type Given } from './option-checks.ts'

/** Bytes: `'300b'`, `'64k'`, `'10m'`, `'2g'`; a number is megabytes, as pino-roll has it. */
export type ByteSize = number | string
/** A time span: `'90s'`, `'12h'`, `'30d'`; a number is milliseconds. */
export type TimeSpan = number | string

/** When a log file is rotated, and what is kept then. The names are pino-roll's where it has them. */
export interface RotationSettings {
  /**
   * The most that a log file may have: `'10m'`, `'64k'`, `'300b'`. Only a record that alone is larger makes a file
   * larger. A number is megabytes.
   * @defaultValue no bound
   */
  readonly size?: ByteSize
  /**
   * Rotates at midnight (`'daily'`), on Mondays at midnight (`'weekly'`), on the hour (`'hourly'`), or at each multiple
   * of so many milliseconds; also when nothing is logged, as long as a worker is there.
   * @defaultValue never
   */
  readonly frequency?: RotationFrequency
  /**
   * Rotates what is left of an earlier run when a worker comes and no other one of the log file is there.
   * @defaultValue `false`
   */
  readonly rotateAtStart?: boolean
  /**
   * Days, hours and dates are UTC's.
   * @defaultValue `false`: local time
   */
  readonly utc?: boolean
  /**
   * A date in the names of rotated files, in the tokens of date-fns: with `'yyyy-MM-dd'`, app.log becomes
   * app.2026-11-21.1.log.
   * @defaultValue none: app.1.log
   */
  readonly dateFormat?: string
  /**
   * Takes the place of the file's extension.
   * @defaultValue what `file` has
   */
  readonly extension?: string
  /**
   * A symbolic link `current.log` beside the log file leads to it. Of several logs in one directory, one can have it.
   * @defaultValue `false`
   */
  readonly symlink?: boolean
  /** What is kept of the rotated files, also of those of earlier runs. All of it when left out. */
  readonly limit?: LimitSettings
  /**
   * Compresses rotated files in the background. `true` is gzip; zstd needs Node.js 22.15.
   * @defaultValue `false`
   */
  readonly compress?: boolean | Compression
}

/** Bounds for rotated files; the oldest go first. */
export interface LimitSettings {
  /** Files that are kept beside the one being written. */
  readonly count?: number
  /** Bytes that all of them may have, the one being written included. */
  readonly size?: ByteSize
  /** How long a file is kept after its last record. */
  readonly age?: TimeSpan
  /** Bytes that are to stay free on the file system, for others. */
  readonly free?: ByteSize
  /** Known from pino-roll, and without effect: the files of earlier runs always count. */
  readonly removeOtherLogFiles?: boolean
}

const BYTES_EXPECTED = `a size such as '10m', '64k' or '300b', or a number of megabytes`
const SPAN_EXPECTED = `a time span such as '30d', '12h' or '90s', or a number of milliseconds`

/** @throws FunnelError `FUNNEL_OPTION_INVALID` */
export function resolveRotation(given: Given): RotationOptions {
  const size = byteSize(given, 'size')
  const frequency = optional(
    given,
    'frequency',
    `'weekly', 'daily', 'hourly' or a number of ms from 1 on`,
    isFrequency,
    undefined,
  )
  const dateFormat = optional(given, 'dateFormat', 'a date pattern of date-fns such as yyyy-MM-dd', isText, undefined)
  const compress = optional(given, 'compress', `true, false, 'gzip' or 'zstd'`, isCompress, false)
  if (dateFormat !== undefined) checkDateFormat(dateFormat)
  if (compress === 'zstd') checkZstd()
  return {
    ...(size !== undefined && { size: bytesOf(size) }),
    ...(frequency !== undefined && { frequency }),
    utc: optional(given, 'utc', 'true or false', isBoolean, false),
    ...(dateFormat !== undefined && { dateFormat }),
    atStart: optional(given, 'rotateAtStart', 'true or false', isBoolean, false),
    ...(compress !== false && { compress: compress === true ? 'gzip' : compress }),
    limit: resolveLimit(optional(given, 'limit', 'an object such as { count: 10 }', isRecord, {})),
  }
}

const PERIODS = ['weekly', 'daily', 'hourly']
const LIMITS = ['count', 'size', 'age', 'free', 'removeOtherLogFiles']

function resolveLimit(given: Given): RetentionLimit {
  refuseUnknownFields('limit', given, LIMITS)
  const named: Given = Object.fromEntries(Object.entries(given).map(([name, value]) => [`limit.${name}`, value]))
  const count = optional(named, 'limit.count', 'a whole number of files from 0 on', isWholeNumber, undefined)
  const size = byteSize(named, 'limit.size')
  refuseBareNumber(named, 'limit.age', (n) => `'${n}d' for days, or '${n}ms' for milliseconds`)
  const age = optional(named, 'limit.age', SPAN_EXPECTED, isTimeSpan, undefined)
  const free = byteSize(named, 'limit.free')
  optional(named, 'limit.removeOtherLogFiles', 'true or false', isBoolean, true)
  return {
    ...(count !== undefined && { count }),
    ...(size !== undefined && { bytes: bytesOf(size) }),
    ...(age !== undefined && { age: millisecondsOf(age) }),
    ...(free !== undefined && { free: bytesOf(free) }),
  }
}

function byteSize(given: Given, name: string): ByteSize | undefined {
  refuseBareNumber(given, name, (n) => `'${n}m' for megabytes, or '${n}b' for bytes`)
  return optional(given, name, BYTES_EXPECTED, isByteSize, undefined)
}

/** A text without a unit may have come from the environment, and could mean two things: `limit.age` '7' days, or ms. */
function refuseBareNumber(given: Given, name: string, spellings: (digits: string) => string): void {
  const value = given[name]
  if (typeof value !== 'string' || !/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return
  throw optionError(name, `must have a unit: write ${spellings(value.trim())}; got ${show(value)}`)
}

/**
 * The log file with the option `extension` in the place of its own.
 *
 * @param file - with `VALUE` for the placeholder of the record
 */
export function withExtension(file: string, given: Given): string {
  const extension = optional(given, 'extension', 'an extension such as .log, without a slash', isExtension, undefined)
  if (extension === undefined) return file
  const { dir, name, ext } = parsePath(file)
  if (ext.includes(VALUE)) {
    throw optionError(
      'extension',
      `would take the place of the placeholder at the end of the option 'file'. Leave it out`,
    )
  }
  return join(dir, `${name}${extension.startsWith('.') ? '' : '.'}${extension}`)
}

const BYTES_OF_UNIT: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }
const MS_OF_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `NaN` for what is none. */
function bytesOf(size: ByteSize): number {
  return Math.floor(amount(size, /^(\d+(?:\.\d+)?)\s*([bkmg])b?$/i, BYTES_OF_UNIT, 'm'))
}

function millisecondsOf(span: TimeSpan): number {
  return Math.floor(amount(span, /^(\d+(?:\.\d+)?)\s*(ms|[smhd])$/i, MS_OF_UNIT, 'ms'))
}

function amount(
  value: number | string,
  pattern: RegExp,
  units: Readonly<Record<string, number>>,
  unitOfNumbers: string,
): number {
  if (typeof value === 'number') return value * (units[unitOfNumbers] ?? Number.NaN)
  const [, digits = '', unit = ''] = pattern.exec(value.trim()) ?? []
  return digits === '' ? Number.NaN : Number(digits) * (units[unit.toLowerCase()] ?? Number.NaN)
}

function isByteSize(value: unknown): value is ByteSize {
  return (typeof value === 'number' || typeof value === 'string') && isSafe(bytesOf(value))
}

function isTimeSpan(value: unknown): value is TimeSpan {
  return (typeof value === 'number' || typeof value === 'string') && isSafe(millisecondsOf(value))
}

function isSafe(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}

function isFrequency(value: unknown): value is RotationFrequency {
  return PERIODS.some((period) => period === value) || (typeof value === 'number' && isSafe(value))
}

function isCompress(value: unknown): value is boolean | Compression {
  return value === 'gzip' || value === 'zstd' || isBoolean(value)
}

function isExtension(value: unknown): value is string {
  return isText(value) && !/[/\\]/.test(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0')
}

/** Coprime to days and weeks, so that the days that are tried fall on all days of the week and hours of the day. */
const STEP_MS = 163 * 3_600_000
const TRIED_DAYS = 54

/**
 * Checked here, for a whole year, because a pattern without a usable name would show in the listener only, at a
 * rotation. A time that is not tried costs the file its date (listener: rotation/rotated-names.ts).
 */
function checkDateFormat(pattern: string): void {
  const now = Date.now()
  for (let day = 0; day < TRIED_DAYS; day += 1) {
    const { shown, isReadBack } = tryDateFormat(pattern, new Date(now + day * STEP_MS))
    if (/[/\\]/.test(shown)) throw optionError('dateFormat', `must give a file name; ${show(pattern)} gives ${shown}`)
    if (isReadBack) continue
    throw optionError('dateFormat', `must give dates that can be read back; ${show(pattern)} gives ${shown}`)
  }
}

function tryDateFormat(pattern: string, date: Date): { readonly shown: string; readonly isReadBack: boolean } {
  try {
    const shown = formatDate(date, pattern)
    return { shown, isReadBack: isDateText(shown, pattern, (year) => new Date(year, 0, 1)) }
  } catch (error) {
    throw optionError('dateFormat', `must be a date pattern of date-fns; got ${show(pattern)}: ${String(error)}`)
  }
}

function checkZstd(): void {
  // Loaded only now: it takes 2 ms, and few applications use it.
  if ('createZstdCompress' in process.getBuiltinModule('node:zlib')) return
  throw optionError(
    'compress',
    `can't be 'zstd': Node.js ${process.version} does not have it. Use 'gzip', or Node.js 22.15`,
  )
}
