/** Parsed lines. A line that is not a record is left unchanged, because raw writers may log anything. */

/** The content of a line that is a JSON object. */
export type LogRecord = Readonly<Record<string, unknown>>

const OPENING_BRACE = 0x7b
/** Some programs on Windows begin a file with it. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Deeper nesting than in any useful record, and far from the end of the stack. */
const MAX_DEPTH = 200

/** A shorter line can't be nested deeper: each level takes at least two characters. */
const DEEPENING_BYTES = 2 * MAX_DEPTH

/** @returns `undefined` when the line is not a record, or too deep to be rendered */
export function parseRecord(line: Buffer): LogRecord | undefined {
  const from = line[0] === BYTE_ORDER_MARK[0] && line.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
  if (line[from] !== OPENING_BRACE) return undefined
  const record = parse(line.toString('utf8', from))
  // Recursive code fails at a depth that depends on its caller, but the same line must always give the same bytes.
  if (record === undefined || (line.length > DEEPENING_BYTES && isDeeper(record, MAX_DEPTH))) return undefined
  return record
}

function parse(text: string): LogRecord | undefined {
  try {
    return JSON.parse(text) as LogRecord
  } catch {
    return undefined
  }
}

function isDeeper(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return limit === 0 || Object.values(value).some((inner) => isDeeper(inner, limit - 1))
}

/**
 * The value of a field by its path, such as `req.method`. A field whose name is the whole path comes first: ECS and
 * OpenTelemetry have such names.
 *
 * @param keys - the path, divided at its dots
 */
export function valueAt(record: LogRecord, path: string, keys: readonly string[]): unknown {
  if (Object.hasOwn(record, path)) return record[path]
  if (keys.length === 1) return undefined
  let value: unknown = record
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as LogRecord)[key]
  }
  return value
}
