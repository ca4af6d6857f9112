/**
 * Grafana Loki: a batch is one request to its push interface, and one stream of Loki.
 *
 * Loki ignores an entry whose labels, time and text are those of one that it has in memory or in the same chunk. So an
 * entry gets a time that is the same whenever it is sent: that of the record, and in its last six digits, which are
 * below a millisecond, the position of the record in the log. Two records of one millisecond never have the same time
 * within 1 MB.
 *
 * Of a request with entries that it refuses, Loki takes the others. The shipper sends them again, alone, until the
 * refused ones are found, and Loki ignores those that it has.
 */
import type { Batch, LogOrigin, OpenEngine, Place } from '../../engine/engine.ts'
import { optionsOf } from '../../settings/option-reader.ts'
import { recordsOf, type ShippedRecord } from '../batch-records.ts'
import { post } from '../http/http-client.ts'
import { UnaskedEngine } from '../unasked-engine.ts'
import { takeHttpOptions, type HttpOptions } from '../http/http-options.ts'
import { placeName, type PlaceNames } from '../place-name.ts'
import { fieldsOf, levelName } from '../record-fields.ts'

/** Loki's own limit for a line (`max_line_size`); it takes no larger one. */
const LOKI_LINE_BYTES = 256 * 1024
const NANOSECONDS = 1_000_000n

export interface LokiOptions extends HttpOptions {
  /** Of the stream, with placeholders. Few values each: every combination is a stream. */
  readonly labels: Readonly<Record<string, string>>
  /** Whether `id` and `detected_level` go along as structured metadata, which Loki 2 does not take. */
  readonly metadata: boolean
  /** For several tenants: `X-Scope-OrgID`. */
  readonly tenant?: string
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function parseLokiOptions(value: unknown, path: string): LokiOptions {
  const options = optionsOf(value, path)
  const labels = options.record('labels')
  const parsed = {
    ...takeHttpOptions(options, 'http://127.0.0.1:3100'),
    labels: Object.keys(labels).length > 0 ? labels : { host: '{host}', log: '{log}' },
    metadata: options.flag('metadata', true),
    ...options.optionalText('tenant'),
  }
  options.refuseOthers()
  return parsed
}

export function openLoki(options: LokiOptions, names: PlaceNames): OpenEngine {
  return async (log) => {
    const stream = labelsOf(options, names, log)
    const headers = options.tenant === undefined ? {} : { 'x-scope-orgid': options.tenant }
    return new UnaskedEngine(
      {
        promise: 'deduplicated',
        maxBytes: LOKI_LINE_BYTES,
        send: async (batch) => {
          const values = entriesOf(batch, log, options.metadata)
          const body = JSON.stringify({ streams: [{ stream, values }] })
          await post(options, '/loki/api/v1/push', body, 'application/json', headers)
          return []
        },
      },
      log,
    )
  }
}

export function lokiPlace(options: LokiOptions, names: PlaceNames, log: LogOrigin): Place {
  const labels = Object.entries(labelsOf(options, names, log)).map(([name, value]) => `${name}="${value}"`)
  return { name: `the stream {${labels.join(', ')}}`, servers: [options.url] }
}

function labelsOf({ labels }: LokiOptions, names: PlaceNames, log: LogOrigin): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, placeName(value, '\0', log, names)]))
}

type Entry = readonly [time: string, line: string, metadata?: Readonly<Record<string, string>>]

function entriesOf(batch: Batch, log: LogOrigin, hasMetadata: boolean): Entry[] {
  const records = [...recordsOf(batch, log)]
  let before = firstTime(records) ?? Date.now()
  return records.map((record): Entry => {
    const { time = before, level } = fieldsOf(record.line)
    before = time
    const stamp = timeOf(time, record)
    if (!hasMetadata) return [stamp, record.line]
    return [stamp, record.line, { id: record.id, ...(level !== undefined && { detected_level: levelName(level) }) }]
  })
}

/** Of the batch: records before it that have no time get it, the same whenever the batch is sent. */
function firstTime(records: readonly ShippedRecord[]): number | undefined {
  for (const { line } of records) {
    const { time } = fieldsOf(line)
    if (time !== undefined) return time
  }
  return undefined
}

function timeOf(ms: number, { position }: ShippedRecord): string {
  return String(BigInt(Math.floor(ms)) * NANOSECONDS + (BigInt(position) % NANOSECONDS))
}
