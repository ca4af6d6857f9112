/**
 * Date patterns in the tokens of date-fns, which are those of Unicode (UTS 35): pino-roll's `dateFormat` has the same.
 *
 * date-fns is loaded when the first pattern comes: most log files have none. The check and the use of a pattern
 * take the same copy, so that a pattern that was accepted at the start does not fail later.
 */
import type { format } from 'date-fns/format'
import type { isValid } from 'date-fns/isValid'
import type { parse } from 'date-fns/parse'
import { HERE, loadInstalled } from '../util/installed.ts'

let loaded: typeof format | undefined
let loadedToRead: { readonly parse: typeof parse; readonly isValid: typeof isValid } | undefined

/** Formats a date, in its own time zone, which is the process's unless the date is of a class with another one. */
export function formatDate(date: Date, pattern: string): string {
  loaded ??= (loadInstalled('date-fns/format', HERE) as { format: typeof format }).format
  return loaded(date, pattern)
}

/** Has every day and every week that any year has. */
const FULLEST_YEAR = 2020
/** In so many years in a row, each date falls on each day of the week, also 29 February. */
const YEARS_OF_WEEKDAYS = 28

/**
 * Whether the whole text is a date by a pattern. The check of the option and the listener decide by this alone, so that
 * a name that the option allowed is one that the listener knows again, whatever day it is.
 *
 * @param newYear - the first instant of a year: it gives the parts that the pattern leaves out, and the time zone
 */
export function isDateText(text: string, pattern: string, newYear: (year: number) => Date): boolean {
  loadedToRead ??= {
    ...(loadInstalled('date-fns/parse', HERE) as { parse: typeof parse }),
    ...(loadInstalled('date-fns/isValid', HERE) as { isValid: typeof isValid }),
  }
  for (let year = FULLEST_YEAR; year < FULLEST_YEAR + YEARS_OF_WEEKDAYS; year += 1) {
    const date = loadedToRead.parse(text, pattern, newYear(year))
    if (!loadedToRead.isValid(date)) return false
    if (formatDate(date, pattern) === text) return true
    // A day of the week without a year belongs to a date of some years only.
  }
  return false
}

/** As date-fns divides a pattern: a quote, quoted text, one letter repeated, or what stands for itself. */
const TOKENS = /''|'(?:''|[^'])+(?:'|$)|([A-Za-z])\1*|[^A-Za-z']+|'/g

/** The tokens of a pattern; joined they are the pattern again. */
export function patternTokens(pattern: string): readonly string[] {
  return pattern.match(TOKENS) ?? []
}

/**
 * Years of weeks and days of the year, which people write when they mean years and days of the month. date-fns throws
 * for some of them and prints a warning for each use of the others; here none may be used.
 */
const CONFUSED = /^(?:YY+|D+)$/

/** What is wrong with a pattern, or `undefined` when it can be used. */
export function datePatternMistake(pattern: string): string | undefined {
  if (pattern === '') return 'the date pattern is empty'
  const tokens = patternTokens(pattern)
  const confused = tokens.find((token) => CONFUSED.test(token))
  if (confused !== undefined)
    return `${confused} is the year of the week or the day of the year; write ${meantBy(confused)}`
  if (tokens.some((token, index) => token === 'T' && tokens[index - 1]?.startsWith('d'))) {
    return `T is the time in milliseconds; the letter between date and time is written 'T', with its quotes`
  }
  return formatError(pattern)
}

function meantBy(token: string): string {
  return token.replaceAll('Y', 'y').replaceAll('D', 'd')
}

function formatError(pattern: string): string | undefined {
  try {
    formatDate(new Date(0), pattern)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
