/** Dates in names, and the periods that logs are rotated by. */
import type { UTCDate } from '@date-fns/utc'
import type { RotationFrequency } from '@pino-funnel/channel'
import type { format } from 'date-fns/format'
import type { isValid } from 'date-fns/isValid'
import type { parse } from 'date-fns/parse'
import { createRequire } from 'node:module'

/** When the period of a time has begun, in ms since the epoch. */
export function periodStart(time: number, frequency: RotationFrequency, utc: boolean): number {
  const date = new Date(time)
  switch (frequency) {
    case 'daily':
      return utc ? date.setUTCHours(0, 0, 0, 0) : date.setHours(0, 0, 0, 0)
    case 'hourly':
      return utc ? date.setUTCMinutes(0, 0, 0) : date.setMinutes(0, 0, 0)
    default:
      return time - (time % frequency)
  }
}

/** @param pattern - in the tokens of date-fns */
export function formatDate(time: number, pattern: string, utc: boolean): string {
  const fns = dateFns()
  return fns.format(utc ? new fns.UTCDate(time) : time, pattern)
}

/** Whether a text is a date in a format, and no other text that only happens to begin like one. */
export function isDate(text: string, pattern: string): boolean {
  const fns = dateFns()
  const date = fns.parse(text, pattern, new Date(0))
  return fns.isValid(date) && fns.format(date, pattern) === text
}

interface DateFns {
  readonly format: typeof format
  readonly isValid: typeof isValid
  readonly parse: typeof parse
  readonly UTCDate: typeof UTCDate
}

let loaded: DateFns | undefined

/** Loaded by those listeners only that need it: it takes longer than all else at their start. */
function dateFns(): DateFns {
  if (loaded) return loaded
  const load = createRequire(__filename)
  loaded = {
    ...(load('date-fns/format') as Pick<DateFns, 'format'>),
    ...(load('date-fns/isValid') as Pick<DateFns, 'isValid'>),
    ...(load('date-fns/parse') as Pick<DateFns, 'parse'>),
    ...(load('@date-fns/utc') as Pick<DateFns, 'UTCDate'>),
  }
  return loaded
}
