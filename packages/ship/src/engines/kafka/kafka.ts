/**
 * Kafka: a batch is a message, in a transaction that also has the position after it.
 *
 * An engine that asks fences: from then on the brokers refuse what other shippers of the log have sent or send, by the
 * epoch of their producers. Kafka does not compare the last message, but the writer. The position is read after
 * the fence.
 *
 * Consumers must read committed messages only, as `consume` does.
 */
import {
  RefusedError,
  type Batch,
  type Engine,
  type LastStored,
  type LogOrigin,
  type OpenEngine,
  type Place,
  type Stored,
} from '../../engine/engine.ts'
import { toMessage, type Encoding, type FieldName, type Fields } from '../message.ts'
import { placeName, type PlaceNames } from '../place-name.ts'
import { connectKafka, type KafkaConnection } from './kafka-connection.ts'
import type { KafkaOptions } from './kafka-options.ts'

/** Bytes of a message that its headers, its key and Kafka's own fields may take. */
const RESERVED_BYTES = 4096
const HEADER = 'funnel-'

export function openKafka(options: KafkaOptions, names: PlaceNames): OpenEngine {
  return async (log) => new KafkaEngine(await connectKafka(options, idOf(options, names, log)), log, options)
}

export function kafkaPlace(options: KafkaOptions, names: PlaceNames, log: LogOrigin): Place {
  return { name: `${idOf(options, names, log)} in the topic ${options.topic}`, servers: options.brokers }
}

function idOf({ id }: KafkaOptions, names: PlaceNames, log: LogOrigin): string {
  return placeName(id, '/', log, names)
}

export class KafkaEngine implements Engine {
  readonly promise = 'exactly-once'
  readonly maxBytes: number
  readonly warnings: readonly string[] = []
  readonly #connection: KafkaConnection
  readonly #log: LogOrigin
  readonly #compress: Encoding
  /** Of the log's messages, as far as that is known. */
  #partition: number | undefined

  constructor(
    connection: KafkaConnection,
    log: LogOrigin,
    { maxBytes, compress }: Pick<KafkaOptions, 'maxBytes' | 'compress'>,
  ) {
    this.maxBytes = maxBytes - RESERVED_BYTES
    this.#connection = connection
    this.#log = log
    this.#compress = compress
  }

  async last(): Promise<LastStored | undefined> {
    await this.#connection.fence()
    const position = await this.#connection.position()
    this.#note(position)
    return position
  }

  /** A position expires, days after it was committed. It is lost when the topic has lost the message, too. */
  async hasLost(stored: Stored): Promise<boolean> {
    this.#note(stored)
    return this.#connection.endsBefore(stored.token)
  }

  async store(batch: Batch): Promise<Stored> {
    const { fields, data } = await toMessage(batch, this.#log, this.#compress)
    const message = { headers: headersOf(fields), value: data }
    if (data.length > this.maxBytes + RESERVED_BYTES / 2)
      throw new RefusedError(`The message has ${data.length} bytes with the places of its records`)
    const token = await this.#connection.commit(message, this.#log.id, batch.to, this.#partition)
    const stored = { log: this.#log.id, to: batch.to, token }
    this.#note(stored)
    return stored
  }

  /** A log stays in its partition, also when the topic gets more of them: consumers have it in order then. */
  #note(stored: Pick<Stored, 'token'> | undefined): void {
    const partition = Number(stored?.token.split(':')[0] || NaN)
    if (Number.isSafeInteger(partition)) this.#partition = partition
  }

  async close(): Promise<void> {
    await this.#connection.close()
  }
}

function headersOf(fields: Fields): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [headerOf(name as FieldName), value]))
}

/** `funnel-log`, `funnel-from`, … */
export function headerOf(name: FieldName): string {
  return `${HEADER}${name}`
}
