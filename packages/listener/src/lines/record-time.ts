/**
 * When a record was logged, in whatever way pino wrote it: milliseconds (the default and `epochTime`), seconds
 * (`unixTime`), or ISO 8601 (`isoTime`, `isoTimeNano`).
 */

/** Fewer milliseconds are before March 1973, and as many seconds are in the year 5138: below it, seconds are meant. */
const LEAST_MILLISECONDS = 1e11

/** The latest time a Date can hold, in ms. */
const LATEST = 8.64e15

/** Only with its offset does it tell one instant. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** Milliseconds since the epoch; NaN when it is no time. */
export function recordTime(value: unknown): number {
  if (typeof value === 'string') return ISO_TIME.test(value) ? Date.parse(value) : NaN
  if (typeof value !== 'number' || Math.abs(value) > LATEST) return NaN
  return Math.abs(value) < LEAST_MILLISECONDS ? value * 1000 : value
}
