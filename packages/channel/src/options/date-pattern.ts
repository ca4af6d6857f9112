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

/**
 * Whether the whole text is a date by a pattern.
 *
 * @param reference - gives the parts that the pattern leaves out, and the time zone
 */
export function isDateText(text: string, pattern: string, reference: Date): boolean {
  loadedToRead ??= {
    ...(loadInstalled('date-fns/parse', HERE) as { parse: typeof parse }),
    ...(loadInstalled('date-fns/isValid', HERE) as { isValid: typeof isValid }),
  }
  const date = loadedToRead.parse(text, pattern, reference)
  return loadedToRead.isValid(date) && formatDate(date, pattern) === text
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
