/**
 * A record of pino as a LogRecord of OpenTelemetry, in the JSON encoding of OTLP 1.x: names in lowerCamelCase, 64-bit
 * integers as decimal text, ids in hexadecimal digits, enumerations as numbers.
 */
import type { ShippedRecord } from '../batch-records.ts'
import { fieldsOf, levelName, type LevelName } from '../record-fields.ts'

export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }
  | { readonly kvlistValue: { readonly values: readonly KeyValue[] } }
  /** Nothing: `null`. */
  | Readonly<Record<string, never>>

export interface KeyValue {
  readonly key: string
  readonly value: AnyValue
}

export interface OtlpLogRecord {
  readonly timeUnixNano?: string
  readonly severityNumber?: number
  readonly severityText?: string
  readonly body: AnyValue
  readonly attributes: readonly KeyValue[]
  readonly traceId?: string
  readonly spanId?: string
  readonly flags?: number
}

/** The first severity number of each range. */
const SEVERITIES: Readonly<Record<LevelName, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 }

/** Fields of a line that have a place of their own. */
const PLACED = new Set(['level', 'time', 'msg', 'trace_id', 'span_id', 'trace_flags'])
const TRACE_ID = /^[0-9a-f]{32}$/
const SPAN_ID = /^[0-9a-f]{16}$/

export function logRecordOf({ id, log, line }: ShippedRecord): OtlpLogRecord {
  const { fields, time, level } = fieldsOf(line)
  const own = [attribute('log.record.uid', id), attribute('log.file.name', log.name)]
  if (!fields) return { body: { stringValue: line }, attributes: own }
  const { msg, trace_id: traceId, span_id: spanId, trace_flags: flags } = fields
  const others = Object.entries(fields).filter(([name]) => !PLACED.has(name))
  const name = level === undefined ? undefined : levelName(level)
  return {
    ...(time !== undefined && { timeUnixNano: nanoseconds(time) }),
    ...(name !== undefined && { severityNumber: SEVERITIES[name], severityText: name.toUpperCase() }),
    body: msg === undefined ? {} : anyValue(msg),
    attributes: [...own, ...others.map(([key, value]) => attribute(key, value))],
    ...(typeof traceId === 'string' && TRACE_ID.test(traceId) && { traceId }),
    ...(typeof spanId === 'string' && SPAN_ID.test(spanId) && { spanId }),
    ...(typeof flags === 'string' && /^[0-9a-f]{2}$/.test(flags) && { flags: Number.parseInt(flags, 16) }),
  }
}

export function attribute(key: string, value: unknown): KeyValue {
  return { key, value: anyValue(value) }
}

/** @param value - of JSON */
function anyValue(value: unknown): AnyValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value }
    case 'boolean':
      return { boolValue: value }
    case 'number':
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
    default:
      if (Array.isArray(value)) return { arrayValue: { values: value.map((each) => anyValue(each)) } }
      if (typeof value !== 'object' || value === null) return {}
      return { kvlistValue: { values: Object.entries(value).map(([key, each]) => attribute(key, each)) } }
  }
}

/** A time with a fraction of a millisecond keeps its microseconds. */
function nanoseconds(ms: number): string {
  const whole = Math.floor(ms)
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1000)) * 1000n)
}
