/** The option `--where`: a condition on a field of a record, such as `req.id=42`. */
import { parseRecord, valueAt, type LogRecord } from '@pino-funnel/listener/records'
import { UsageError } from '../access/usage-error.ts'
import type { Criterion } from './criterion.ts'

const CONDITION = /^([^=!<>~]+?)\s*(!=|<=|>=|=|<|>|~)\s*(.*)$/s
/** Text that JSON has only one form for. */
const PLAIN = /^[A-Za-z0-9_.:@ -]+$/

type Test = (value: unknown) => boolean

/** @throws UsageError for a text that is not a condition */
export function parseWhere(text: string): Criterion {
  const [, path, operator, value] = CONDITION.exec(text) ?? []
  if (path === undefined || operator === undefined || value === undefined) {
    throw new UsageError(`Option '--where' must be a condition such as 'req.id=42' or 'msg~^GET'; got '${text}'`)
  }
  const keys = path.split('.')
  const test = testOf(operator, value, text)
  const needle = operator === '=' && isWrittenOneWay(value) ? Buffer.from(value) : undefined
  return { needle, matches: (line) => isMatch(parseRecord(line), path, keys, test) }
}

function isMatch(record: LogRecord | undefined, path: string, keys: readonly string[], test: Test): boolean {
  return record !== undefined && test(valueAt(record, path, keys))
}

function testOf(operator: string, expected: string, text: string): Test {
  switch (operator) {
    case '=':
      return (value) => isEqual(value, expected)
    case '!=':
      return (value) => !isEqual(value, expected)
    case '~': {
      const pattern = patternOf(expected, text)
      return (value) => value !== undefined && pattern.test(asText(value))
    }
    default:
      return (value) => isOrdered(compare(value, expected), operator)
  }
}

function patternOf(source: string, text: string): RegExp {
  try {
    return new RegExp(source, 'u')
  } catch {
    throw new UsageError(`Option '--where' has a regular expression that can't be read; got '${text}'`)
  }
}

function isEqual(value: unknown, expected: string): boolean {
  if (value === undefined) return false
  return typeof value === 'number' && expected.trim() !== '' ? value === Number(expected) : asText(value) === expected
}

/** NaN when the two can't be compared. */
function compare(value: unknown, expected: string): number {
  if (typeof value === 'number') return value - Number(expected)
  if (typeof value !== 'string') return NaN
  if (value === expected) return 0
  return value < expected ? -1 : 1
}

function isOrdered(order: number, operator: string): boolean {
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A number may be written as 42 or 4.2e1: only the first form is what JSON.stringify writes. */
function isWrittenOneWay(value: string): boolean {
  const number = Number(value)
  return PLAIN.test(value) && (Number.isNaN(number) || String(number) === value)
}
