/** The level and the time of a record, in the forms that pino writes. */

/** The levels that pino has from the start, by name, with the numbers it writes for them. */
export const PINO_LEVELS: Readonly<Record<string, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
}

/** Levels by the names, in lower case, that records have for them: pino's, and those that applications add after syslog. */
export const NAMED_LEVELS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(PINO_LEVELS),
  ['warning', 40],
  ['critical', 60],
  ['alert', 60],
  ['emergency', 60],
])

/** The number of a level that is given by a number, or by one of pino's names; `undefined` for anything else. */
export function levelNumber(level: unknown): number | undefined {
  if (typeof level === 'number') return Number.isFinite(level) ? level : undefined
  return typeof level === 'string' && Object.hasOwn(PINO_LEVELS, level) ? PINO_LEVELS[level] : undefined
}

/**
 * A lower number means seconds: as milliseconds it would be before March 1973, and as seconds this is the year 5138.
 */
const LEAST_MILLISECONDS = 1e11

/** The latest time that a Date can hold, in ms. */
const LATEST = 8.64e15

/** A time without an offset is not one instant. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/**
 * The time of a record in each form that pino writes: milliseconds (the default and `epochTime`), seconds (`unixTime`),
 * or ISO 8601 (`isoTime`, `isoTimeNano`).
 *
 * @returns milliseconds since the epoch; NaN when the value is not a time
 */
export function recordTime(value: unknown): number {
  if (typeof value === 'string') return ISO_TIME.test(value) ? Date.parse(value) : NaN
  if (typeof value !== 'number' || Math.abs(value) > LATEST) return NaN
  return Math.abs(value) < LEAST_MILLISECONDS ? value * 1000 : value
}
