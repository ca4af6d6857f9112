/**
 * A batch as engines carry it: fields, as headers or as they are called there, and data. It is the format by which
 * consumers read an engine: the meaning of a field never changes.
 *
 * | field | |
 * | --- | --- |
 * | `log`, `name`, `host` | the log: its id, the name of its live file, its host |
 * | `from`, `to` | positions before the first and after the last byte of the batch in the log |
 * | `records` | how many records the data has |
 * | `offsets` | when records were changed or left out: bytes of the data's first line, which has for each record where it begins in the log, from `from` on; otherwise not there |
 * | `encoding` | `gzip`; otherwise not there |
 *
 * Without `offsets` the data is, byte for byte, what the log has from `from` to `to`.
 */
import { FunnelError, isRecord, MAX_LINE_BYTES } from '@pino-funnel/channel'
import { promisify } from 'node:util'
import { constants, gunzip, gzip } from 'node:zlib'
import type { Batch, LastStored, LogOrigin } from '../engine/engine.ts'

const compress = promisify(gzip)
const decompress = promisify(gunzip)

/** The largest batch has one line of the greatest length, or less. */
const MAX_BATCH_BYTES = 2 * MAX_LINE_BYTES

export type Encoding = 'none' | 'gzip'

const NAMES = ['log', 'name', 'host', 'from', 'to', 'records', 'offsets', 'encoding'] as const
export type FieldName = (typeof NAMES)[number]
export type Fields = Readonly<Partial<Record<FieldName, string>>>

export interface Message {
  readonly fields: Fields
  readonly data: Buffer
}

export interface ReceivedBatch {
  readonly log: LogOrigin
  readonly batch: Batch
}

/** @param field - the value of a field; nothing or `''` when it is not there */
export function readFields(field: (name: FieldName) => string | undefined): Fields {
  return Object.fromEntries(NAMES.flatMap((name) => (field(name) ? [[name, field(name)]] : [])))
}

/**
 * The end of what a log has in an engine, by its last message.
 *
 * @param place - subject or key, for the error
 * @throws FunnelError `FUNNEL_SHIP_OTHER_LOG` for a message that is not of pino-funnel: what comes after it would be a guess
 */
export async function lastStored(message: Message, token: string, place: string): Promise<LastStored> {
  let received: ReceivedBatch
  try {
    received = await fromMessage(message)
  } catch (error) {
    throw new FunnelError(
      'FUNNEL_SHIP_OTHER_LOG',
      `What is stored last in ${place} is not a batch of pino-funnel: ${String(error)}. Give each log a place that nothing else writes to.`,
      { cause: error },
    )
  }
  const { log, batch } = received
  return { log: log.id, to: batch.to, token, batch }
}

export async function toMessage(batch: Batch, log: LogOrigin, encoding: Encoding): Promise<Message> {
  const { from, to, records, bytes, offsets } = batch
  const first = offsets && Buffer.from(`${JSON.stringify(offsets)}\n`)
  const data = first ? Buffer.concat([first, bytes]) : bytes
  return {
    fields: {
      log: log.id,
      name: log.name,
      host: log.host,
      from: String(from),
      to: String(to),
      records: String(records),
      ...(first && { offsets: String(first.length) }),
      ...(encoding === 'gzip' && { encoding }),
    },
    data: encoding === 'gzip' ? await compress(data, { level: constants.Z_BEST_SPEED }) : data,
  }
}

/** @throws Error for a message that is not of pino-funnel, or of a later version, or damaged */
export async function fromMessage({ fields, data }: Message): Promise<ReceivedBatch> {
  const { log, name = '', host = '', from, to, records, offsets, encoding } = fields
  if (log === undefined || !isPosition(from) || !isPosition(to))
    throw new Error('The message is not of pino-funnel: it has no log or no positions')
  if (encoding !== undefined && encoding !== 'gzip')
    throw new Error(`The encoding '${encoding}' of a batch is not known; a newer pino-funnel may have written it`)
  const plain = encoding === 'gzip' ? await decompress(data, { maxOutputLength: MAX_BATCH_BYTES }) : data
  const first = Number(offsets ?? 0)
  const range = { from: Number(from), to: Number(to), records: Number(records) }
  const bytes = plain.subarray(first)
  if (first === 0) return { log: { id: log, name, host }, batch: { ...range, bytes } }
  return {
    log: { id: log, name, host },
    batch: { ...range, bytes, offsets: parseOffsets(plain.toString('utf8', 0, first)) },
  }
}

function parseOffsets(text: string): number[] {
  const value: unknown = JSON.parse(text)
  if (Array.isArray(value) && value.every((offset) => Number.isSafeInteger(offset))) return value as number[]
  throw new Error(`The offsets of a batch are not numbers: ${isRecord(value) ? 'an object' : typeof value}`)
}

function isPosition(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,16}$/.test(text)
}
