/**
 * What an engine needs of Kafka, by kafkajs.
 *
 * The position of a log is an offset that a consumer group commits, which no consumer uses. It is committed in the
 * transaction that has the batch, so that both are there or neither is.
 */
import type * as KafkaModule from 'kafkajs'
import type { Admin, Kafka, Producer, Transaction } from 'kafkajs'
import { setTimeout as pause } from 'node:timers/promises'
import { noConnection } from '../../engine/trouble.ts'
import { readSecret } from '../../settings/secret.ts'
import { engineClient } from '../engine-client.ts'
import type { KafkaOptions } from './kafka-options.ts'
import { commitTogether, explained } from './kafka-transaction.ts'

/** Ms that consumers wait for a transaction whose shipper was killed, unless the next shipper ends it before. */
const TRANSACTION_MS = 30_000
/** What is tried again within a request: a coordinator that moves, a transaction before this one that is still ending. */
const RETRY = { retries: 8, initialRetryTime: 30, maxRetryTime: 1000 }

const NO_OFFSET = '-1'
/** Between two readings of a position, which must be the same. */
const READ_AGAIN_MS = 200

/** A position that is committed: which log it is of, and where the message before it is, `<partition>:<offset>`. */
export interface KafkaPosition {
  readonly log: string
  readonly to: number
  readonly token: string
}

export interface KafkaMessage {
  readonly headers: Readonly<Record<string, string>>
  readonly value: Buffer
}

/** A connection for one log. Its first trouble ends it. */
export interface KafkaConnection {
  /** Makes this connection the only one that writes this log: what others have begun is aborted, and refused from now on. */
  fence(): Promise<void>
  /** What is committed. To be asked after `fence`. */
  position(): Promise<KafkaPosition | undefined>
  /** Whether the topic ends before a message that it had: it was deleted and made again. */
  endsBefore(token: string): Promise<boolean>
  /**
   * Commits a message together with the position after it.
   *
   * @param partition - that of the log's messages before; by the key when left out
   * @returns the token of the message
   * @throws ConflictError when another connection has fenced this one; RefusedError for a message that is too large
   */
  commit(message: KafkaMessage, log: string, to: number, partition?: number): Promise<string>
  close(): Promise<void>
}

/** @throws FunnelError `FUNNEL_SHIP_CLIENT_MISSING` */
export async function kafkaClient(options: KafkaOptions): Promise<{ kafka: Kafka; module: typeof KafkaModule }> {
  const module = await engineClient('Kafka', 'kafkajs', () => import('kafkajs'))
  const { brokers, tls, timeout, mechanism, username, password } = options
  const kafka = new module.Kafka({
    brokers: [...brokers],
    clientId: 'pino-funnel',
    ssl: tls,
    connectionTimeout: timeout,
    requestTimeout: timeout,
    retry: RETRY,
    // What it has to say is in its errors.
    logLevel: module.logLevel.NOTHING,
    ...(username !== undefined &&
      password && { sasl: { mechanism, username, password: readSecret(password) } as never }),
  })
  return { kafka, module }
}

/** @param id - of the log in Kafka */
export async function connectKafka(options: KafkaOptions, id: string): Promise<KafkaConnection> {
  const { kafka, module } = await kafkaClient(options)
  const admin = kafka.admin()
  try {
    await admin.connect()
    return new ClientConnection(kafka, module, admin, options, id)
  } catch (error) {
    await admin.disconnect()
    throw unreachable(options, error)
  }
}

/** The client does not say which brokers it has asked. */
function unreachable({ brokers }: KafkaOptions, error: unknown): unknown {
  const reason = explained(error)
  return reason === error ? noConnection(brokers, error) : reason
}

class ClientConnection implements KafkaConnection {
  readonly #kafka: Kafka
  readonly #module: typeof KafkaModule
  readonly #admin: Admin
  readonly #options: KafkaOptions
  readonly #id: string
  #producer: Producer | undefined
  /** Begun by `fence`, for the first message. */
  #transaction: Transaction | undefined

  constructor(kafka: Kafka, module: typeof KafkaModule, admin: Admin, options: KafkaOptions, id: string) {
    this.#kafka = kafka
    this.#module = module
    this.#admin = admin
    this.#options = options
    this.#id = id
  }

  async fence(): Promise<void> {
    await this.#producer?.disconnect()
    // The client asks for another epoch only once in the life of a producer.
    this.#producer = this.#kafka.producer({
      transactionalId: this.#id,
      transactionTimeout: TRANSACTION_MS,
      allowAutoTopicCreation: false,
      maxInFlightRequests: 1,
      createPartitioner: this.#module.Partitioners.DefaultPartitioner,
    })
    try {
      await this.#producer.connect()
    } catch (error) {
      throw unreachable(this.#options, error)
    }
    try {
      this.#transaction = await this.#producer.transaction()
    } catch (error) {
      throw explained(error)
    }
  }

  /** A broker may show a position some time after its transaction has ended, and the client can't ask for a stable one. */
  async position(): Promise<KafkaPosition | undefined> {
    let position = await this.#readPosition()
    for (;;) {
      await pause(READ_AGAIN_MS)
      const again = await this.#readPosition()
      if (again?.to === position?.to) return again
      position = again
    }
  }

  async #readPosition(): Promise<KafkaPosition | undefined> {
    const [topic] = await this.#admin.fetchOffsets({ groupId: this.#id, topics: [this.#options.topic] })
    const found = topic?.partitions.find(({ partition }) => partition === 0)
    if (!found || found.offset === NO_OFFSET) return undefined
    const [log = '', token = ''] = (found.metadata ?? '').split(' ')
    return { log, to: Number(found.offset), token }
  }

  async endsBefore(token: string): Promise<boolean> {
    const [wanted = '', offset = '0'] = token.split(':')
    const ends = await this.#admin.fetchTopicOffsets(this.#options.topic)
    const end = ends.find(({ partition }) => partition === Number(wanted))
    return end === undefined || BigInt(end.high) <= BigInt(offset)
  }

  async commit({ headers, value }: KafkaMessage, log: string, to: number, partition?: number): Promise<string> {
    const transaction = this.#transaction ?? (await this.#producer?.transaction())
    this.#transaction = undefined
    if (!transaction) throw new Error('The connection was not fenced')
    const message = { key: this.#id, value, headers, ...(partition !== undefined && { partition }) }
    return commitTogether(transaction, this.#options.topic, message, { group: this.#id, log, to })
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#producer?.disconnect(), this.#admin.disconnect()])
  }
}
