/**
 * OTLP over HTTP, in JSON: a batch is one request to a collector, or to a backend that takes OTLP.
 *
 * The protocol has no way to say what was received before, so that a record may come twice. Its attribute
 * `log.record.uid` is the id of the record in the log, which is the same each time: what has the same one is the same
 * record.
 */
import { isPlainObject, isWholeNumber } from '@pino-funnel/channel'
import type { Batch, LogOrigin, OpenEngine, Place, RefusedRecords } from '../../engine/engine.ts'
import { optionsOf } from '../../settings/option-reader.ts'
import { recordsOf } from '../batch-records.ts'
import { post } from '../http/http-client.ts'
import { UnaskedEngine } from '../unasked-engine.ts'
import { takeHttpOptions, type HttpOptions } from '../http/http-options.ts'
import type { PlaceNames } from '../place-name.ts'
import { attribute, logRecordOf } from './log-record.ts'

/** Bytes of the log in a batch. In JSON they become some three times as many, and collectors take 20 MiB. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024

export interface OtlpOptions extends HttpOptions {
  /** Of the interface. */
  readonly path: string
  /** Attributes of the resource, such as `deployment.environment.name`. */
  readonly resource: Readonly<Record<string, string>>
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function parseOtlpOptions(value: unknown, path: string): OtlpOptions {
  const options = optionsOf(value, path)
  const parsed = {
    ...takeHttpOptions(options, 'http://127.0.0.1:4318'),
    path: options.text('path', '/v1/logs'),
    resource: options.record('resource'),
  }
  options.refuseOthers()
  return parsed
}

export function openOtlp(options: OtlpOptions, names: PlaceNames): OpenEngine {
  return async (log) =>
    new UnaskedEngine(
      {
        promise: 'at-least-once',
        maxBytes: MAX_BATCH_BYTES,
        send: async (batch) => {
          const body = JSON.stringify(requestOf(batch, log, options, names))
          const answer = await post(options, options.path, body, 'application/json')
          return partlyRefused(answer, batch)
        },
      },
      log,
    )
}

export function otlpPlace({ url, path }: OtlpOptions): Place {
  return { name: `the collector's ${path}`, servers: [url] }
}

function requestOf(batch: Batch, log: LogOrigin, { resource }: OtlpOptions, { service }: PlaceNames): object {
  const all = { ...(service !== undefined && { 'service.name': service }), 'host.name': log.host, ...resource }
  const attributes = Object.entries(all).map(([key, value]) => attribute(key, value))
  const logRecords = Array.from(recordsOf(batch, log), (record) => logRecordOf(record))
  return { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope: { name: 'pino-funnel' }, logRecords }] }] }
}

/**
 * What the collector has not taken, and does not want again. It does not say which records these are.
 *
 * @param answer - ExportLogsServiceResponse; a warning alone has 0 rejected records
 */
function partlyRefused(answer: string, batch: Batch): RefusedRecords[] {
  const { partialSuccess } = objectIn(answer)
  if (!isPlainObject(partialSuccess)) return []
  const { rejectedLogRecords = 0, errorMessage = '' } = partialSuccess
  const records = Number(rejectedLogRecords)
  if (!isWholeNumber(records) || records === 0) return []
  const reason = `the collector rejected ${records} of ${batch.records} records: ${String(errorMessage)}`
  return [{ batch, records: Math.min(records, batch.records), reason }]
}

/** A server that stores and says nothing has stored. */
function objectIn(answer: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(answer)
    return isPlainObject(value) ? value : {}
  } catch {
    return {}
  }
}
