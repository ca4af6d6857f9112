/** Times on the command line: `10m` ago, `yesterday`, `14:30`, `2026-11-21`, `2026-11-21T14:30:00Z`. */
import { UsageError } from './usage-error.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: MINUTE,
  h: HOUR,
  d: 24 * HOUR,
  w: 7 * 24 * HOUR,
}
const LONGEST_SPAN = 7 * 24 * HOUR
const DURATION = /^(\d+)(ms|s|m|h|d|w)$/
const CLOCK = /^\d{1,2}:\d\d(?::\d\d)?$/
const DATE = /^\d{4}-\d\d-\d\d$/

/**
 * @param now - ms since the epoch
 * @returns ms since the epoch; days and times without an offset are local
 * @throws UsageError
 */
export function parseTime(option: string, text: string, now: number): number {
  const time = timeOf(text, now)
  if (!Number.isNaN(time)) return time
  throw new UsageError(
    `Option '${option}' must be a time such as '10m', 'yesterday', '14:30' or '2026-11-21T14:30'; got '${text}'`,
  )
}

/**
 * @returns ms
 * @throws UsageError
 */
export function parseSpan(option: string, text: string): number {
  const ms = spanOf(text)
  if (ms > 0 && ms <= LONGEST_SPAN) return ms
  throw new UsageError(`Option '${option}' must be a time such as '30s', '10m' or '2h', 7d at most; got '${text}'`)
}

function spanOf(text: string): number {
  const [, count, unit] = DURATION.exec(text) ?? []
  return unit === undefined ? NaN : Number(count) * (UNITS[unit] ?? NaN)
}

function timeOf(text: string, now: number): number {
  const span = spanOf(text)
  if (!Number.isNaN(span)) return now - span
  if (text === 'now') return now
  if (text === 'today') return dayOf(now, 0)
  if (text === 'yesterday') return dayOf(now, -1)
  if (CLOCK.test(text)) return clockOf(text, now)
  return Date.parse(DATE.test(text) ? `${text}T00:00` : text)
}

function dayOf(now: number, days: number): number {
  const day = new Date(now)
  day.setHours(0, 0, 0, 0)
  return day.setDate(day.getDate() + days)
}

function clockOf(text: string, now: number): number {
  const [hours = NaN, minutes = NaN, seconds = 0] = text.split(':').map(Number)
  return hours < 24 && minutes < 60 && seconds < 60 ? new Date(now).setHours(hours, minutes, seconds, 0) : NaN
}
