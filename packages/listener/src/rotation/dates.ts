/** Dates in the names of rotated files, and the periods of rotation. */
import type { UTCDate } from '@date-fns/utc'
import { formatDate, isDateText, type RotationFrequency } from '@pino-funnel/channel'
import { createRequire } from 'node:module'

/** The beginning of the period that a time is in, in ms since the epoch. */
export function periodStart(time: number, frequency: RotationFrequency, utc: boolean): number {
  const date = new Date(time)
  switch (frequency) {
    case 'weekly':
      return utc
        ? new Date(date.setUTCHours(0, 0, 0, 0)).setUTCDate(date.getUTCDate() - daysSinceMonday(date.getUTCDay()))
        : new Date(date.setHours(0, 0, 0, 0)).setDate(date.getDate() - daysSinceMonday(date.getDay()))
    case 'daily':
      return utc ? date.setUTCHours(0, 0, 0, 0) : date.setHours(0, 0, 0, 0)
    case 'hourly':
      // setMinutes() can't distinguish the two hours of the same name in autumn.
      return date.getTime() - msIntoHour(utc ? date.getUTCMinutes() : date.getMinutes(), date)
    default:
      return time - (time % frequency)
  }
}

/** @param day - 0 is Sunday */
function daysSinceMonday(day: number): number {
  return (day + 6) % 7
}

function msIntoHour(minutes: number, date: Date): number {
  return minutes * 60_000 + date.getUTCSeconds() * 1000 + date.getUTCMilliseconds()
}

/** @param pattern - in the tokens of date-fns */
export function formatTime(time: number, pattern: string, utc: boolean): string {
  return formatDate(utc ? utcDate(time) : new Date(time), pattern)
}

/** Whether the whole text is a date in a format. */
export function isDate(text: string, pattern: string): boolean {
  // UTC has names for the hour that local time skips in spring. A pattern with an offset is only valid in local time.
  return (
    isDateText(text, pattern, (year) => utcDate(Date.UTC(year, 0, 1))) ||
    isDateText(text, pattern, (year) => new Date(year, 0, 1))
  )
}

let loaded: typeof UTCDate | undefined

/** Only listeners that need dates in UTC load the class. */
function utcDate(time: number): Date {
  loaded ??= (createRequire(__filename)('@date-fns/utc') as { UTCDate: typeof UTCDate }).UTCDate
  return new loaded(time)
}
