/** Checking options: each error names the option, the values that it takes, and the value that it got. */
import { FunnelError, isRecord } from '@pino-funnel/channel'
import { inspect } from 'node:util'

/** The options as the application has passed them. */
export type Given = Readonly<Record<string, unknown>>

type Guard<T> = (value: unknown) => value is T

/** Characters of a value that an error shows. */
const MAX_SHOWN = 100

/** What pino-roll takes for left out when it is empty, zero or false. */
const UNSET_WHEN_EMPTY = ['size', 'frequency', 'extension', 'limit', 'symlink', 'dateFormat']

/** The options that have to do with rotation. */
export const ROTATION_OPTIONS = [
  'size',
  'frequency',
  'rotateAtStart',
  'utc',
  'dateFormat',
  'extension',
  'symlink',
  'limit',
  'compress',
] as const

/** Whether one of these options is given. */
export function isGiven(given: Given, ...names: readonly string[]): boolean {
  return names.some((name) => given[name] !== undefined)
}

/**
 * The options without those that are not set. They often come from a configuration that has `null` for these.
 *
 * @throws FunnelError `FUNNEL_OPTION_INVALID`
 */
export function givenOptions(options: unknown): Given {
  if (typeof options === 'string' || isUrl(options)) return { file: options }
  if (isRecord(options)) return Object.fromEntries(Object.entries(options).filter(isSet))
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `The options must be an object such as { file: 'logs/app.log' }, or the file's path; got ${show(options)}.`,
  )
}

function isSet([name, value]: [string, unknown]): boolean {
  // pino-roll takes a frequency of 0 for one, and would rotate all the time.
  const isEmpty = !value && !(name === 'frequency' && value === 0)
  return value !== null && !(isEmpty && UNSET_WHEN_EMPTY.includes(name))
}

/**
 * @param expected - the values that the option takes, in words
 * @throws FunnelError `FUNNEL_OPTION_INVALID`
 */
export function optional<T, D>(given: Given, name: string, expected: string, is: Guard<T>, otherwise: D): T | D {
  const value = given[name]
  return value === undefined ? otherwise : checked(value, name, expected, is)
}

/**
 * @param name - with its path: `'sinks[0].level'`
 * @throws FunnelError `FUNNEL_OPTION_INVALID`
 */
export function checked<T>(value: unknown, name: string, expected: string, is: Guard<T>): T {
  if (is(value)) return value
  throw mustBe(name, expected, value)
}

/**
 * An option that is `undefined` counts as left out.
 *
 * @param path - of the object, `''` for the options themselves
 * @param fix - a sentence that says which options exist
 * @throws FunnelError `FUNNEL_OPTION_UNKNOWN`
 */
export function refuseUnknown(given: Given, known: readonly string[], path: string, fix: string): void {
  const name = Object.keys(given).find((key) => !known.includes(key) && given[key] !== undefined)
  if (name !== undefined) throw unknownOption(path === '' ? name : `${path}.${name}`, fix)
}

/**
 * For an option that is an object: refuses a field that it does not have.
 *
 * @throws FunnelError `FUNNEL_OPTION_INVALID`
 */
export function refuseUnknownFields(name: string, given: Given, known: readonly string[]): void {
  const field = Object.keys(given).find((key) => !known.includes(key) && given[key] !== undefined)
  if (field !== undefined) throw optionError(name, `has no '${field}'; it has ${known.join(', ')}`)
}

/** @param fix - a sentence that says which options exist */
export function unknownOption(name: string, fix: string): FunnelError {
  return new FunnelError('FUNNEL_OPTION_UNKNOWN', `Option '${name}' does not exist. ${fix}`)
}

export function mustBe(name: string, expected: string, value: unknown): FunnelError {
  return optionError(name, `must be ${expected}; got ${show(value)}`)
}

/** @param problem - what is wrong with the option, with the fix; without the final full stop */
export function optionError(name: string, problem: string): FunnelError {
  return new FunnelError('FUNNEL_OPTION_INVALID', `Option '${name}' ${problem}.`)
}

/** A value as an error shows it: a string with its quotes. */
export function show(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Infinity }).slice(0, MAX_SHOWN)
}

/** What kind of value it is, for an error about a value that may hold a password. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  const prototype: unknown = Object.getPrototypeOf(value)
  const name = prototype instanceof Object ? prototype.constructor.name : 'Object'
  return name === 'Object' ? 'an object' : `an instance of ${name}`
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

export function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && /^[^=\0]+$/.test(name))
}

export function isWholeFrom(least: number): Guard<number> {
  return (value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= least
}

/** Not by `instanceof`: inside Jest and other vm contexts, URLs are of another realm. */
export function isUrl(value: unknown): value is URL {
  return typeof value === 'object' && value !== null && 'href' in value && typeof value.href === 'string'
}
