/**
 * Finds the value of a record that decides which log file it goes to: its level, or a field. The usual line of pino is
 * read without parsing, because parsing would cost more than all the rest of a log call.
 */
import { PINO_LEVELS } from '@pino-funnel/channel'

/** Reads the value that a line has for a placeholder; `undefined` when it has none. */
export type ValueReader = (line: string) => string | undefined

const LABELS: ReadonlyMap<number, string> = new Map(
  Object.entries(PINO_LEVELS).map(([label, number]) => [number, label]),
)

const LABELS_BY_TEXT: ReadonlyMap<string, string> = new Map(
  Array.from(LABELS, ([number, label]) => [String(number), label]),
)

/** The beginning of pino's lines. */
const USUAL_START = '{"level":'

/**
 * The level of a record: pino's name for it. A level of the application's own has its number, or its name where the
 * application writes names. Of several fields `level`, the first is pino's own.
 */
export function levelIn(line: string): string | undefined {
  const isUsual = line.startsWith(USUAL_START)
  const label = isUsual ? LABELS.get(twoDigitsAt(line, USUAL_START.length)) : undefined
  if (label !== undefined) return label
  const value = (isUsual ? scalarAt(line, USUAL_START.length) : undefined) ?? parsedValue(line, 'level', ['level'])
  return value === undefined ? undefined : (LABELS_BY_TEXT.get(value) ?? value)
}

/** The number of two digits at an index, without making a string of it; `NaN` for anything else. */
function twoDigitsAt(line: string, at: number): number {
  const [tens, ones, next] = [line.charCodeAt(at), line.charCodeAt(at + 1), line.charCodeAt(at + 2)]
  return isDigit(tens) && isDigit(ones) && endsNumber(next) ? (tens - ZERO) * 10 + ones - ZERO : Number.NaN
}

/** @param path - of a field, or with dots, as in the option `format`, of one inside another: `req.id` */
export function fieldReader(path: string): ValueReader {
  const keys = path.split('.')
  if (keys.length > 1) return (line) => parsedValue(line, path, keys)
  const key = `${JSON.stringify(path)}:`
  return (line) => {
    const at = line.indexOf(key)
    if (at === -1) return undefined
    const value = isTheOnly(key, at, line) ? scalarAt(line, at + key.length) : undefined
    return value ?? parsedValue(line, path, keys)
  }
}

/**
 * Whether a text found in the line is the only key of that name, and belongs to the record itself: JSON text has no
 * quote without a backslash, and no inner object begins before it.
 */
function isTheOnly(key: string, at: number, line: string): boolean {
  if (at !== 1 && line.charCodeAt(at - 1) !== COMMA) return false
  const inner = line.indexOf('{', 1)
  const isOfTheRecord = line.startsWith('{') && (inner === -1 || inner > at)
  return isOfTheRecord && line.endsWith('}\n') && !line.includes(key, at + key.length)
}

const QUOTE = 0x22
const COMMA = 0x2c
const ZERO = 0x30
const NINE = 0x39
const CLOSING_BRACE = 0x7d
/** Longer numbers may be written in JSON otherwise than JavaScript shows them. */
const MOST_DIGITS = 15

/** The text or whole number at an index, if it can be taken without decoding it. */
function scalarAt(line: string, at: number): string | undefined {
  if (line.charCodeAt(at) === QUOTE) {
    const end = line.indexOf('"', at + 1)
    const text = end === -1 ? '' : line.slice(at + 1, end)
    return text === '' || text.includes('\\') ? undefined : text
  }
  let end = at
  while (isDigit(line.charCodeAt(end))) end += 1
  const isWhole = end > at && end - at <= MOST_DIGITS && endsNumber(line.charCodeAt(end))
  return isWhole ? line.slice(at, end) : undefined
}

function endsNumber(code: number): boolean {
  return code === COMMA || code === CLOSING_BRACE
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}

function parsedValue(line: string, path: string, keys: readonly string[]): string | undefined {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch {
    return undefined
  }
  const value = property(record, path) ?? keys.reduce(property, record)
  switch (typeof value) {
    case 'string':
      return value === '' ? undefined : value
    case 'number':
    case 'boolean':
      return String(value)
    default:
      return undefined
  }
}

function property(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Readonly<Record<string, unknown>>)[key]
}
