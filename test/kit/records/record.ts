import { crc32 } from 'node:zlib'

/** What a test logs: `log.info(record, 'any message')`. */
export interface TestRecord {
  /** The name of the worker that logs. It must be new: the replacement of a killed worker is a new worker. */
  readonly worker: string
  /** Counts 0, 1, 2, … per worker. */
  readonly n: number
  readonly payload: string
  /** A checksum of all fields above. It reveals a line of two halves even if it happens to be JSON. */
  readonly sum: number
}

export function testRecord(worker: string, n: number, payload: string): TestRecord {
  return { worker, n, payload, sum: checksum(worker, n, payload) }
}

/** What one line of a log turns out to be. */
export type Line =
  | { readonly kind: 'record'; readonly record: TestRecord }
  /** A whole JSON object that is not a test record, such as a framework's own line. */
  | { readonly kind: 'other' }
  | { readonly kind: 'torn' }

/** @param text - a line without its newline */
export function readLine(text: string): Line {
  const fields = parseObject(text)
  if (!fields) return { kind: 'torn' }
  const { worker, n, payload, sum } = fields
  if (worker === undefined && n === undefined && payload === undefined) return { kind: 'other' }
  if (typeof worker !== 'string' || typeof n !== 'number' || typeof payload !== 'string') return { kind: 'torn' }
  if (sum !== checksum(worker, n, payload)) return { kind: 'torn' }
  return { kind: 'record', record: { worker, n, payload, sum } }
}

function checksum(worker: string, n: number, payload: string): number {
  return crc32(`${worker} ${n} ${payload}`)
}

function parseObject(text: string): Partial<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
