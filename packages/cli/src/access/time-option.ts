/** Times on the command line: `10m` ago, `yesterday`, `14:30`, `2026-11-21`, `2026-11-21T14:30:00Z`, `1795272364000`. */
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
const DATE = /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)$/
/** `Date.parse` also makes a time of `10`, and of any word with a number. */
const DATE_AND_TIME =
  /^(?<date>\d{4}-\d\d-\d\d)[T ](?<time>\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)(?<zone>Z|[+-]\d\d(?::?\d\d)?)?$/
/** The field `time` of a record, ms since the epoch. */
const MILLISECONDS = /^\d{12,13}$/

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
  if (MILLISECONDS.test(text)) return Number(text)
  const { date = text, time = '00:00', zone = '' } = DATE_AND_TIME.exec(text)?.groups ?? {}
  return isDay(date) ? Date.parse(`${date}T${time.replace(',', '.')}${wholeZone(zone)}`) : NaN
}

/** There is no 30 February: `Date.parse` makes a day in March from it. */
function isDay(date: string): boolean {
  const { year, month, day } = DATE.exec(date)?.groups ?? {}
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
}

/** `+02`, `+0200` and `+02:00` are the same. */
function wholeZone(zone: string): string {
  return zone.replace(/^([+-]\d\d):?(\d\d)?$/, (_, hours: string, minutes: string = '00') => `${hours}:${minutes}`)
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
