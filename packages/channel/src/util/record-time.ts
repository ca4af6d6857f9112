/**
 * The time of a record, in each form that pino writes: milliseconds (the default and `epochTime`), seconds
 * (`unixTime`), or ISO 8601 (`isoTime`, `isoTimeNano`).
 */

/**
 * A lower number means seconds: as milliseconds it would be before March 1973, and as seconds this is the year 5138.
 */
const LEAST_MILLISECONDS = 1e11

/** The latest time that a Date can hold, in ms. */
const LATEST = 8.64e15

/** A time without an offset is not one instant. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** Milliseconds since the epoch; NaN when the value is not a time. */
export function recordTime(value: unknown): number {
  if (typeof value === 'string') return ISO_TIME.test(value) ? Date.parse(value) : NaN
  if (typeof value !== 'number' || Math.abs(value) > LATEST) return NaN
  return Math.abs(value) < LEAST_MILLISECONDS ? value * 1000 : value
}
