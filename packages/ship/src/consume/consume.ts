/**
 * Reading what was shipped: batches become records with ids, and what was there before is dropped.
 *
 * What always holds in this room: a batch is acknowledged only when its handler is done. So a handler may get records
 * again after a crash of its process, unless it keeps the positions with what it makes of the records, and gives them
 * back as `seen`.
 */
import type { ReceivedBatch } from '../engines/message.ts'
import type { ForeignMessage } from './handlers.ts'
import { consumeKafka, parseKafkaSource } from './kafka-consumer.ts'
import { consumeJetStream, parseJetStreamSource } from './jetstream-consumer.ts'
import { consumeRedis, parseRedisSource } from './redis-consumer.ts'
import { SeenPositions } from './seen-positions.ts'
import { recordsOf, type ShippedRecord } from '../engines/batch-records.ts'
import { FunnelError } from '@pino-funnel/channel'

export interface ConsumeOptions {
  /** Ends the consuming, after the batch that is being handled. */
  readonly signal?: AbortSignal
  /** What was handled in an earlier life: position after the last record, by log id. */
  readonly seen?: Iterable<readonly [string, number]>
  /**
   * Hears of a message that is not a batch of pino-funnel, or that is damaged or of a later version. It is left out, and
   * does not come again. Without this function, such a message ends the consuming with its error.
   */
  onForeign?(this: void, error: Error, message: ForeignMessage): void
}

/** Where from: the engine's name, and its options as in the configuration of a shipper, with those of a consumer. */
export interface ConsumeSource {
  readonly to: string
  readonly options?: unknown
}

/**
 * @param records - of one batch, in the order of their log; those that were seen are left out
 * @param end - position after the batch: what to keep for `seen`, under the id of the log
 */
export type HandleRecords = (
  records: readonly ShippedRecord[],
  end: { log: string; to: number },
) => void | Promise<void>

/**
 * Gives all records of an engine to a handler, and goes on with those to come.
 *
 * @example
 * ```js
 * await consume({ to: 'nats', options: { stream: 'LOGS', durable: 'archive' } }, async (records) => {
 *   await appendFile('all.log', records.map(({ line }) => `${line}\n`).join(''))
 * })
 * ```
 *
 * @throws FunnelError `FUNNEL_OPTION_*`, `FUNNEL_SHIP_CLIENT_MISSING`; what the handler throws; the client's error, when the
 * connection ends. A caller that goes on calls it again.
 */
export async function consume(
  source: ConsumeSource,
  handle: HandleRecords,
  { signal = new AbortController().signal, seen, onForeign }: ConsumeOptions = {},
): Promise<void> {
  const known = new SeenPositions(seen)
  const take = async (received: ReceivedBatch): Promise<void> => {
    const { log, batch } = received
    const records = [...recordsOf(received.batch, log)].filter(({ position }) => !known.has(log.id, position))
    if (records.length > 0) await handle(records, { log: log.id, to: batch.to })
    known.add(log.id, batch.to)
  }
  const leaveOut = (error: unknown, message: ForeignMessage): void => {
    const reason = error instanceof Error ? error : new Error(String(error))
    if (!onForeign)
      throw new Error(
        `The message ${message.token} of ${message.place} can't be read: ${reason.message}. Give the option 'onForeign' to leave such messages out.`,
        { cause: error },
      )
    onForeign(reason, message)
  }
  switch (source.to) {
    case 'nats':
      return consumeJetStream(parseJetStreamSource(source.options), { take, leaveOut }, signal)
    case 'redis':
      return consumeRedis(parseRedisSource(source.options), { take, leaveOut }, signal)
    case 'kafka':
      return consumeKafka(parseKafkaSource(source.options), { take, leaveOut }, signal)
    default:
      throw new FunnelError(
        'FUNNEL_OPTION_INVALID',
        `'to' must name an engine that can be consumed: nats, redis, kafka; got '${source.to}'.`,
      )
  }
}
