/**
 * The options of a log file. Each worker stores the options that it requests in its mailbox's header. The oldest live
 * worker's are the effective ones.
 *
 * What always holds in this room: options of another worker are decoded to valid ones, whatever its mailbox holds.
 */
import { isDeepStrictEqual } from 'node:util'
import { decodeLogFormat, type LogFormat } from './log-format.ts'
import { decodeLifecycleOptions, NO_LIFECYCLE_RECORDS, type LifecycleOptions } from './lifecycle-options.ts'
import { decodeShips, type ShipOptions } from './log-ship.ts'
import { decodeSinks, type SinkOptions } from './log-sinks.ts'
import { isRecord, isWholeNumber } from '../util/values.ts'

/** What a rotated file is compressed with. */
export type Compression = 'gzip' | 'zstd'

/** How long a log file is written before it is rotated: by the week, the day, the hour, or so many ms. */
export type RotationFrequency = 'weekly' | 'daily' | 'hourly' | number

/** What is kept of the rotated files of a log. The oldest go first. Each bound may be left out. */
export interface RetentionLimit {
  /** Files, beside the one that is written. */
  readonly count?: number
  /** Bytes of all of them together, the one that is written included. */
  readonly bytes?: number
  /** Ms since the last record in it. */
  readonly age?: number
  /** Bytes that must stay free on the file system. */
  readonly free?: number
}

export interface RotationOptions {
  /** Bytes that a log file has at most, unless one record alone has more. */
  readonly size?: number
  readonly frequency?: RotationFrequency
  /** Whether days and hours, and the dates in names, are those of UTC. */
  readonly utc: boolean
  /** For the date in the names of rotated files, in the tokens of date-fns; none when left out. */
  readonly dateFormat?: string
  /** Whether the first worker, when no other one is alive, gets an empty file. */
  readonly atStart: boolean
  readonly compress?: Compression
  readonly limit: RetentionLimit
}

/** That the records of all workers are sorted by their time. */
export interface OrderOptions {
  /** Ms that a record waits for older ones. */
  readonly window: number
}

export interface LogOptions {
  /** Permission bits of the file when it is made. */
  readonly mode: number
  /** Whether `current.log` is to lead to the file. */
  readonly symlink: boolean
  readonly rotation: RotationOptions
  readonly format: LogFormat
  readonly sinks: readonly SinkOptions[]
  readonly ships: readonly ShipOptions[]
  /** In the order in which they are collected when left out. */
  readonly order?: OrderOptions
  readonly lifecycle: LifecycleOptions
}

/** Well below the time that a flush waits. */
export const MAX_ORDER_WINDOW_MS = 5000

export const NO_ROTATION: RotationOptions = { utc: false, atStart: false, limit: {} }

/** With the mode that is safest, and without anything that a worker has to request. */
export const DEFAULT_LOG_OPTIONS: LogOptions = {
  mode: 0o600,
  symlink: false,
  rotation: NO_ROTATION,
  format: { type: 'ndjson' },
  sinks: [],
  ships: [],
  lifecycle: NO_LIFECYCLE_RECORDS,
}

/** Reads options back from a header. A value that makes no sense counts as missing. */
export function decodeLogOptions(value: unknown): LogOptions {
  if (!isRecord(value)) return DEFAULT_LOG_OPTIONS
  const { mode, symlink, rotation, format, sinks, ships, order, lifecycle } = value
  return {
    mode: isWholeNumber(mode) ? mode & 0o777 : DEFAULT_LOG_OPTIONS.mode,
    symlink: symlink === true,
    rotation: isRecord(rotation) ? decodeRotation(rotation) : NO_ROTATION,
    format: decodeLogFormat(format) ?? DEFAULT_LOG_OPTIONS.format,
    sinks: decodeSinks(sinks),
    ships: decodeShips(ships),
    ...(isRecord(order) && decodeOrder(order)),
    lifecycle: decodeLifecycleOptions(lifecycle),
  }
}

function decodeOrder({ window }: Readonly<Record<string, unknown>>): { order?: OrderOptions } {
  return isAtLeastOne(window) ? { order: { window: Math.min(window, MAX_ORDER_WINDOW_MS) } } : {}
}

function decodeRotation(fields: Readonly<Record<string, unknown>>): RotationOptions {
  const { size, frequency, dateFormat, compress, limit } = fields
  return {
    ...(isAtLeastOne(size) && { size }),
    ...(isFrequency(frequency) && { frequency }),
    utc: fields['utc'] === true,
    ...(typeof dateFormat === 'string' && { dateFormat }),
    atStart: fields['atStart'] === true,
    ...((compress === 'gzip' || compress === 'zstd') && { compress }),
    limit: isRecord(limit) ? decodeLimit(limit) : {},
  }
}

function decodeLimit({ count, bytes, age, free }: Readonly<Record<string, unknown>>): RetentionLimit {
  return {
    ...(isWholeNumber(count) && { count }),
    ...(isAtLeastOne(bytes) && { bytes }),
    ...(isAtLeastOne(age) && { age }),
    ...(isAtLeastOne(free) && { free }),
  }
}

function isFrequency(value: unknown): value is RotationFrequency {
  return value === 'weekly' || value === 'daily' || value === 'hourly' || isAtLeastOne(value)
}

function isAtLeastOne(value: unknown): value is number {
  return isWholeNumber(value) && value >= 1
}

/** An option that two workers of one log file have set differently. */
export interface Difference {
  /** Such as `rotation.limit.count`. */
  readonly option: string
  readonly given: unknown
  readonly effective: unknown
}

/** The requested options of a worker that are not effective. */
export function differencesOf(given: LogOptions, effective: LogOptions): Difference[] {
  const { sinks, ships, ...others } = given
  const { sinks: effectiveSinks, ships: effectiveShips, ...effectiveOthers } = effective
  return [
    ...differences(others, effectiveOthers, ''),
    ...namedDifferences('sinks', sinks, effectiveSinks),
    ...namedDifferences('ship', ships, effectiveShips),
  ]
}

type Named = SinkOptions | ShipOptions

/** By name only: their options may hold passwords. */
function namedDifferences(option: string, given: readonly Named[], effective: readonly Named[]): Difference[] {
  if (isDeepStrictEqual(given.map(withoutDirectory), effective.map(withoutDirectory))) return []
  return [{ option, given: given.map(({ name }) => name), effective: effective.map(({ name }) => name) }]
}

/** The directory where a worker was started is not a request, nor is the place of a shipper's package. */
function withoutDirectory(named: Named): object {
  return { ...named, directory: '', program: '' }
}

function differences(given: unknown, effective: unknown, path: string): Difference[] {
  if (!isRecord(given) || !isRecord(effective)) {
    return isDeepStrictEqual(given, effective)
      ? []
      : [{ option: path, given: given ?? null, effective: effective ?? null }]
  }
  const names = new Set([...Object.keys(given), ...Object.keys(effective)])
  return [...names].flatMap((name) => differences(given[name], effective[name], path === '' ? name : `${path}.${name}`))
}
