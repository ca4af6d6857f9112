import { PINO_LEVELS } from '@pino-funnel/channel'

/** Reads the value that a line has for a placeholder; `undefined` when it has none. */
export type ValueReader = (line: string) => string | undefined

const LABELS: ReadonlyMap<number, string> = new Map(
  Object.entries(PINO_LEVELS).map(([label, number]) => [number, label]),
)

const LABELS_BY_TEXT: ReadonlyMap<string, string> = new Map(
  Array.from(LABELS, ([number, label]) => [String(number), label]),
)

/** Of pino's lines. */
const USUAL_START = '{"level":'

/**
 * The level of a record: pino's name for it; for a level of the application's own its number, or its name where the
 * application writes names. The first one in the line, which is pino's own, should a record have a field of that name.
 */
export function levelIn(line: string): string | undefined {
  const isUsual = line.startsWith(USUAL_START)
  const label = isUsual ? LABELS.get(twoDigitsAt(line, USUAL_START.length)) : undefined
  if (label !== undefined) return label
  const value = (isUsual ? scalarAt(line, USUAL_START.length) : undefined) ?? parsedValue(line, 'level', ['level'])
  return value === undefined ? undefined : (LABELS_BY_TEXT.get(value) ?? value)
}

/** A number such as pino's levels are; no string is made of it. `NaN` for anything else. */
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
 * Whether what looks like a key is one, of the record itself, and the only one: no text holds a quote without a
 * backslash, and no other object has begun before it. Parsing would cost more than all the rest of a log call.
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
/** More could be a number that a text of JSON may write otherwise than it is shown. */
const MOST_DIGITS = 15

/** The text or whole number that begins at an index, when it can be taken as it stands there. */
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
