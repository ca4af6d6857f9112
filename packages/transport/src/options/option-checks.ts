/** Reading options: each error names the option, what was expected and what came. */
import { FunnelError } from '@pino-funnel/channel'

/** What an application has passed. */
export type Given = Readonly<Record<string, unknown>>

/** @throws FunnelError `FUNNEL_OPTION_INVALID` */
export function required<T>(given: Given, name: string, expected: string, is: (value: unknown) => value is T): T {
  const value = given[name]
  if (value === undefined) {
    throw new FunnelError('FUNNEL_OPTION_INVALID', `The option '${name}' is missing: expected ${expected}.`)
  }
  return checked(value, name, expected, is)
}

/**
 * @param expected - what makes a good value, in words
 * @throws FunnelError `FUNNEL_OPTION_INVALID`
 */
export function optional<T, D>(
  given: Given,
  name: string,
  expected: string,
  is: (value: unknown) => value is T,
  otherwise: D,
): T | D {
  const value = given[name]
  return value === undefined ? otherwise : checked(value, name, expected, is)
}

function checked<T>(value: unknown, name: string, expected: string, is: (value: unknown) => value is T): T {
  if (is(value)) return value
  throw new FunnelError('FUNNEL_OPTION_INVALID', `The option '${name}' must be ${expected}, but ${show(value)} came.`)
}

/** A value as it is shown in an error. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return `${text.slice(0, 100)} (${value === null ? 'null' : typeof value})`
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}
