/**
 * What an engine needs of Kafka, by kafkajs.
 *
 * The position of a log is an offset that a consumer group commits, which no consumer uses. It is committed in the
 * transaction that has the batch, so that both are there or neither is.
 */
import { isRecord } from '@pino-funnel/channel'
import type * as KafkaModule from 'kafkajs'
import type { Admin, Kafka, Producer, TopicOffsets, Transaction } from 'kafkajs'
import { ConflictError, RefusedError } from '../../engine/engine.ts'
import { readSecret } from '../../settings/secret.ts'
import { engineClient } from '../engine-client.ts'
import type { KafkaOptions } from './kafka-options.ts'

/** Of a transaction whose shipper was killed. The next shipper ends it; without one, consumers wait that long. */
const TRANSACTION_MS = 30_000
/** What is tried again within a request: a coordinator that moves, a transaction before this one that is still ending. */
const RETRY = { retries: 8, initialRetryTime: 30, maxRetryTime: 1000 }

const FENCED: ReadonlySet<unknown> = new Set([
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
])
const TOO_LARGE: ReadonlySet<unknown> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
const NO_OFFSET = '-1'

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
   * @returns the token of the message
   * @throws ConflictError when another connection has fenced this one; RefusedError for a message that is too large
   */
  commit(message: KafkaMessage, log: string, to: number): Promise<string>
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
    return new ClientConnection(kafka, module, admin, options.topic, id)
  } catch (error) {
    await admin.disconnect()
    throw explained(error)
  }
}

class ClientConnection implements KafkaConnection {
  readonly #kafka: Kafka
  readonly #module: typeof KafkaModule
  readonly #admin: Admin
  readonly #topic: string
  readonly #id: string
  #producer: Producer | undefined
  /** Begun by `fence`, for the first message. */
  #transaction: Transaction | undefined

  constructor(kafka: Kafka, module: typeof KafkaModule, admin: Admin, topic: string, id: string) {
    this.#kafka = kafka
    this.#module = module
    this.#admin = admin
    this.#topic = topic
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
    await this.#producer.connect()
    this.#transaction = await this.#producer.transaction()
  }

  async position(): Promise<KafkaPosition | undefined> {
    const [topic] = await this.#admin.fetchOffsets({ groupId: this.#id, topics: [this.#topic] })
    const found = topic?.partitions.find(({ partition }) => partition === 0)
    if (!found || found.offset === NO_OFFSET) return undefined
    const [log = '', token = ''] = (found.metadata ?? '').split(' ')
    return { log, to: Number(found.offset), token }
  }

  async endsBefore(token: string): Promise<boolean> {
    const [wanted = '', offset = '0'] = token.split(':')
    const ends = await this.#admin.fetchTopicOffsets(this.#topic)
    const end = ends.find(({ partition }) => partition === Number(wanted))
    return end === undefined || BigInt(end.high) <= BigInt(offset)
  }

  async commit({ headers, value }: KafkaMessage, log: string, to: number): Promise<string> {
    try {
      const transaction = this.#transaction ?? (await this.#producer?.transaction())
      this.#transaction = undefined
      if (!transaction) throw new Error('The connection was not fenced')
      const messages = [{ key: this.#id, value, headers }]
      const [stored] = await transaction.send({ topic: this.#topic, acks: -1, messages })
      const token = `${stored?.partition ?? 0}:${stored?.baseOffset ?? 0}`
      // Partition 0 is there in every topic. The client's types do not know `metadata`, which it passes on.
      const partitions = [{ partition: 0, offset: String(to), metadata: `${log} ${token}` }]
      const topics: TopicOffsets[] = [{ topic: this.#topic, partitions }]
      await transaction.sendOffsets({ consumerGroupId: this.#id, topics })
      await transaction.commit()
      return token
    } catch (error) {
      throw explained(error)
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#producer?.disconnect(), this.#admin.disconnect()])
  }
}

/** What the client has wrapped in errors of its own. */
function explained(error: unknown): unknown {
  const type = typeOf(error)
  const message = error instanceof Error ? error.message : String(error)
  if (FENCED.has(type)) return new ConflictError(`Another shipper of this log has begun: ${message}`, { cause: error })
  if (TOO_LARGE.has(type)) return new RefusedError(message, { cause: error })
  return error
}

function typeOf(error: unknown): unknown {
  if (!isRecord(error)) return undefined
  return error['type'] ?? typeOf(error['cause'])
}
