/**
 * Elasticsearch and OpenSearch: a batch is one `_bulk` request, and a record is a document whose `_id` is the id of the
 * record. It is created, never replaced: one that is there already is refused with 409, which counts as stored. So a
 * record may be sent again, and is in an index once. An index that is chosen by the day of the record, `{day}`, is the
 * same each time; one that rolls over meanwhile is not.
 */
import { isPlainObject } from '@pino-funnel/channel'
import {
  LaterError,
  RefusedError,
  type Batch,
  type LogOrigin,
  type OpenEngine,
  type Place,
  type RefusedRecords,
} from '../../engine/engine.ts'
import { optionsOf } from '../../settings/option-reader.ts'
import { recordsOf, type ShippedRecord } from '../batch-records.ts'
import { post, REFUSALS } from '../http/http-client.ts'
import { UnaskedEngine } from '../unasked-engine.ts'
import { takeHttpOptions, type HttpOptions } from '../http/http-options.ts'
import { placeName, type PlaceNames } from '../place-name.ts'
import { fieldsOf } from '../record-fields.ts'

/** Servers take 100 MB (`http.max_content_length`), and are quickest with some MB. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024
const DAY = '{day}'
/** Errors with the status 400 that name a state of the index or the cluster. */
const NOT_OF_A_RECORD = /"type":"(?:index_closed|validation|cluster_block|security)_exception"/
const THERE_ALREADY = 409

export interface ElasticOptions extends HttpOptions {
  /** An index or a data stream, with placeholders: `{day}` is the day of the record, in UTC. */
  readonly index: string
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function parseElasticOptions(value: unknown, path: string): ElasticOptions {
  const options = optionsOf(value, path)
  const parsed = {
    ...takeHttpOptions(options, 'http://127.0.0.1:9200'),
    index: options.text('index', 'logs-pino-default'),
  }
  options.refuseOthers()
  return parsed
}

export function openElastic(options: ElasticOptions, names: PlaceNames): OpenEngine {
  return async (log) => {
    const index = indexOf(options, names, log)
    return new UnaskedEngine(
      {
        promise: 'deduplicated',
        maxBytes: MAX_BATCH_BYTES,
        send: async (batch) => {
          const records = [...recordsOf(batch, log)]
          const answer = await post(options, '/_bulk', bulkOf(records, index), 'application/x-ndjson')
          return refusedOf(answer, records)
        },
      },
      log,
    )
  }
}

export function elasticPlace(options: ElasticOptions, names: PlaceNames, log: LogOrigin): Place {
  return { name: `the index ${indexOf(options, names, log)}`, servers: [options.url] }
}

/** Names of indices are in lower case. `{day}` stays for each record. */
function indexOf({ index }: ElasticOptions, names: PlaceNames, log: LogOrigin): string {
  return placeName(index, '/', log, { ...names, day: DAY }).toLowerCase()
}

function bulkOf(records: readonly ShippedRecord[], index: string): string {
  let before = Date.now()
  return records
    .map(({ id, line }) => {
      const { fields, time = before } = fieldsOf(line)
      before = time
      const stamp = new Date(time).toISOString()
      const action = { create: { _index: index.replace(DAY, stamp.slice(0, 10).replaceAll('-', '.')), _id: id } }
      return `${JSON.stringify(action)}\n${documentOf(line, fields, stamp)}\n`
    })
    .join('')
}

function documentOf(line: string, fields: Readonly<Record<string, unknown>> | undefined, stamp: string): string {
  if (!fields) return JSON.stringify({ '@timestamp': stamp, message: line })
  return JSON.stringify({ '@timestamp': stamp, ...fields })
}

/**
 * @throws RefusedError when the server refused all records for good; LaterError when it wants some of them again, which
 * is harmless for the others; Error for an answer that is none
 */
function refusedOf(answer: string, records: readonly ShippedRecord[]): RefusedRecords[] {
  const results = resultsOf(answer, records.length)
  const failed = results.flatMap(({ status, reason }, at) => {
    const record = records[at]
    return record && status >= 300 && status !== THERE_ALREADY ? [{ record, status, reason }] : []
  })
  // A missing right, or an index that takes nothing, is not the fault of a record.
  const again = failed.find(({ status, reason }) => !REFUSALS.has(status) || NOT_OF_A_RECORD.test(reason))
  if (again) throw new LaterError(`The server did not take all records: ${again.status} ${again.reason}`, 0, true)
  const [first] = failed
  if (first && failed.length === records.length) throw new RefusedError(`${first.status} ${first.reason}`)
  return failed.map(({ record, status, reason }) => ({
    batch: batchOf(record),
    records: 1,
    reason: `${status} ${reason}`,
  }))
}

interface Result {
  readonly status: number
  readonly reason: string
}

function resultsOf(answer: string, count: number): Result[] {
  const value = JSON.parse(answer) as unknown
  const items: unknown = isPlainObject(value) ? value['items'] : undefined
  if (!Array.isArray(items) || items.length !== count)
    throw new Error(`The answer to _bulk has not ${count} items: ${answer.slice(0, 200)}`)
  return items.map((item: unknown) => {
    const result: unknown = isPlainObject(item) ? item['create'] : undefined
    if (!isPlainObject(result) || typeof result['status'] !== 'number')
      throw new Error(`An item of the answer to _bulk has no status: ${JSON.stringify(item).slice(0, 200)}`)
    return { status: result['status'], reason: JSON.stringify(result['error'] ?? '').slice(0, 500) }
  })
}

function batchOf({ position, line }: ShippedRecord): Batch {
  const bytes = Buffer.from(`${line}\n`)
  return { from: position, to: position + bytes.length, bytes, records: 1 }
}
