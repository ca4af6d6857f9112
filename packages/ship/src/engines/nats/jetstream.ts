/**
 * NATS JetStream: a batch is a message on the subject of its log. The server stores it only if the last message of the
 * subject is the one that the shipper names (`Nats-Expected-Last-Subject-Sequence`, since server 2.3.1).
 *
 * A purged subject has the sequence 0 again, and the last sequence of the stream stays. A server that has lost messages
 * has gone back with it, or has another stream of that name. Other logs may have used the lost sequences meanwhile.
 */
import type * as JetStreamModule from '@nats-io/jetstream'
import type { JetStreamClient, JetStreamManager, MsgRequest, StoredMsg, StreamInfo } from '@nats-io/jetstream'
import type * as NatsModule from '@nats-io/transport-node'
import type { Authenticator, MsgHdrs, NatsConnection } from '@nats-io/transport-node'
import { FunnelError, isRecord } from '@pino-funnel/channel'
import {
  ConflictError,
  RefusedError,
  type Batch,
  type Engine,
  type LastStored,
  type LogOrigin,
  type OpenEngine,
  type Place,
  type Stored,
} from '../../engine/engine.ts'
import { noConnection } from '../../engine/trouble.ts'
import { readSecret, readSecretLines } from '../../settings/secret.ts'
import { engineClient } from '../engine-client.ts'
import { lastStored, readFields, toMessage, type FieldName, type Fields } from '../message.ts'
import { placeName, type PlaceNames } from '../place-name.ts'
import type { JetStreamOptions } from './jetstream-options.ts'

const INSTALL = '@nats-io/transport-node@3.3 @nats-io/jetstream@3.3'
/** Bytes of a message that headers and the server's own fields may take. */
const RESERVED_BYTES = 4096
/** The message is larger than the stream takes. */
const TOO_LARGE = 10054
const NO_MESSAGE = 10037
const STREAM_NOT_FOUND = 10059
const WRONG_LAST_SEQUENCE: ReadonlySet<number | undefined> = new Set([10071, 10164])

type Nats = typeof NatsModule
type JetStream = typeof JetStreamModule

export interface JetStreamClients {
  readonly nats: Nats
  readonly jetstream: JetStream
}

/** @throws FunnelError `FUNNEL_SHIP_CLIENT_MISSING` */
export async function loadJetStream(): Promise<JetStreamClients> {
  return engineClient('NATS', INSTALL, async () => ({
    nats: await import('@nats-io/transport-node'),
    jetstream: await import('@nats-io/jetstream'),
  }))
}

/** A connection that ends with the first trouble: the shipper decides when to connect again. */
export async function connectNats({ nats }: JetStreamClients, options: JetStreamOptions): Promise<NatsConnection> {
  const authenticator = authenticators(nats, options)
  try {
    return await nats.connect({
      servers: [...options.servers],
      name: 'pino-funnel',
      reconnect: false,
      timeout: options.timeout,
      ...(authenticator.length > 0 && { authenticator }),
      ...(options.tls && { tls: tlsFiles(options.tls) }),
    })
  } catch (error) {
    throw noConnection(options.servers, error)
  }
}

export function openJetStream(options: JetStreamOptions, names: PlaceNames): OpenEngine {
  return async (log) => {
    const clients = await loadJetStream()
    const connection = await connectNats(clients, options)
    try {
      const subject = subjectOf(options, names, log)
      const manager = await clients.jetstream.jetstreamManager(connection, { timeout: options.timeout })
      const stream = await findStream(manager, options, subject)
      const client = clients.jetstream.jetstream(connection, { timeout: options.timeout })
      return new JetStreamEngine({ log, options, subject, connection, manager, client, stream, nats: clients.nats })
    } catch (error) {
      await connection.close()
      throw error
    }
  }
}

export function jetStreamPlace(options: JetStreamOptions, names: PlaceNames, log: LogOrigin): Place {
  const name = `the subject ${subjectOf(options, names, log)} of the stream ${options.stream}`
  return { name, servers: options.servers }
}

function subjectOf({ subject }: JetStreamOptions, names: PlaceNames, log: LogOrigin): string {
  return placeName(subject, '.', log, names)
}

interface Parts {
  readonly log: LogOrigin
  readonly options: JetStreamOptions
  readonly subject: string
  readonly connection: NatsConnection
  readonly manager: JetStreamManager
  readonly client: JetStreamClient
  readonly stream: StreamInfo
  readonly nats: Nats
}

class JetStreamEngine implements Engine {
  readonly promise = 'exactly-once'
  readonly maxBytes: number
  readonly warnings: readonly string[]
  readonly #parts: Parts
  /** Of the stream, when it was asked last. */
  #created: string

  constructor(parts: Parts) {
    this.#parts = parts
    const { connection, stream } = parts
    this.maxBytes = largestBatch(connection, stream.config)
    this.warnings = warningsOf(stream.config)
    this.#created = stream.created
  }

  async last(): Promise<LastStored | undefined> {
    const { manager, options, subject } = this.#parts
    // The stream may have been created again while this engine is connected.
    const { created } = await manager.streams.info(options.stream)
    this.#created = created
    const message = await this.#find({ last_by_subj: subject })
    if (!message) return undefined
    const received = { fields: fieldsOf(message.header), data: Buffer.from(message.data) }
    return { ...(await lastStored(received, String(message.seq), `the subject ${subject}`)), created }
  }

  async hasLost({ token, created }: Stored): Promise<boolean> {
    const { manager, options, subject } = this.#parts
    const stream = await manager.streams.info(options.stream)
    if (created !== undefined && created !== stream.created) return true
    if (stream.state.last_seq < Number(token)) return true
    // The server has gone back, and another log has got the sequence.
    const message = await this.#find({ seq: Number(token) })
    return message !== undefined && message.subject !== subject
  }

  async store(batch: Batch, after: Stored | undefined): Promise<Stored> {
    const { client, options, subject, log } = this.#parts
    const { fields, data } = await toMessage(batch, log, options.compress)
    try {
      const ack = await client.publish(subject, data, {
        headers: this.#headersOf(fields),
        expect: { lastSubjectSequence: Number(after?.token ?? 0), streamName: options.stream },
        timeout: options.timeout,
        retries: 0,
      })
      return { log: log.id, to: batch.to, token: String(ack.seq), created: this.#created }
    } catch (error) {
      throw explained(error, subject, options.stream)
    }
  }

  async close(): Promise<void> {
    await this.#parts.connection.close()
  }

  async #find(wanted: MsgRequest): Promise<StoredMsg | undefined> {
    const { manager, options } = this.#parts
    try {
      return (await manager.streams.getMessage(options.stream, wanted)) ?? undefined
    } catch (error) {
      if (apiCode(error) === NO_MESSAGE) return undefined
      throw error
    }
  }

  #headersOf(fields: Fields): MsgHdrs {
    const headers = this.#parts.nats.headers()
    for (const [name, value] of Object.entries(fields)) headers.set(headerOf(name as FieldName), value)
    return headers
  }
}

/** @throws FunnelError `FUNNEL_SHIP_UNUSABLE` for a stream that takes no message of a useful size */
function largestBatch(connection: NatsConnection, { name, max_msg_size }: StreamInfo['config']): number {
  const ofServer = connection.info?.max_payload ?? 1024 * 1024
  const most = max_msg_size > 0 ? Math.min(ofServer, max_msg_size) : ofServer
  if (most >= 2 * RESERVED_BYTES) return most - RESERVED_BYTES
  throw new FunnelError(
    'FUNNEL_SHIP_UNUSABLE',
    `The stream ${name} takes messages of ${most} bytes at most (max_msg_size, or the server's max_payload), and a batch needs ${2 * RESERVED_BYTES} at least. Run: nats stream edit ${name} --max-msg-size=-1`,
  )
}

export function fieldsOf(headers: { get(name: string): string } | undefined): Fields {
  return readFields((name) => headers?.get(headerOf(name)))
}

/** `Funnel-Log`, `Funnel-From`, … */
function headerOf(name: FieldName): string {
  return `Funnel-${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

async function findStream(manager: JetStreamManager, options: JetStreamOptions, subject: string): Promise<StreamInfo> {
  try {
    return await manager.streams.info(options.stream)
  } catch (error) {
    if (apiCode(error) !== STREAM_NOT_FOUND) throw error
    if (options.create) return manager.streams.add({ name: options.stream, subjects: [wildcardOf(subject)] })
    throw new FunnelError(
      'FUNNEL_SHIP_UNUSABLE',
      `The server has no stream ${options.stream}. Make it, for instance with: nats stream add ${options.stream} --subjects '${wildcardOf(subject)}' --storage file --discard new`,
      { cause: error },
    )
  }
}

function wildcardOf(subject: string): string {
  return `${subject.split('.')[0] ?? 'logs'}.>`
}

function warningsOf({ name, discard, max_msgs, max_bytes, storage }: StreamInfo['config']): string[] {
  const deletes = discard === 'old' && (max_msgs > 0 || max_bytes > 0)
  return [
    ...(deletes
      ? [
          `The stream ${name} deletes its oldest messages when it is full, read or not. Let it refuse new ones: discard 'new'.`,
        ]
      : []),
    ...(storage === 'memory' ? [`The stream ${name} is in memory: the server loses it when it ends.`] : []),
  ]
}

function explained(error: unknown, subject: string, stream: string): unknown {
  const code = apiCode(error)
  if (WRONG_LAST_SEQUENCE.has(code)) return new ConflictError(String(error), { cause: error })
  const message = error instanceof Error ? error.message : String(error)
  if (code === TOO_LARGE || /max.?payload/i.test(message)) return new RefusedError(message, { cause: error })
  if (/no responders/i.test(message))
    return new Error(
      `No stream takes the subject ${subject}. Add the subject to the stream: nats stream edit ${stream}`,
      {
        cause: error,
      },
    )
  return error
}

/** Of JetStream: `undefined` for an error of the connection. */
function apiCode(error: unknown): number | undefined {
  return isRecord(error) && typeof error['code'] === 'number' ? error['code'] : undefined
}

function authenticators(nats: Nats, { credentials, token, user, password }: JetStreamOptions): Authenticator[] {
  return [
    ...(credentials ? [nats.credsAuthenticator(new TextEncoder().encode(readSecretLines(credentials)))] : []),
    ...(token ? [nats.tokenAuthenticator(readSecret(token))] : []),
    ...(user !== undefined ? [nats.usernamePasswordAuthenticator(user, password && readSecret(password))] : []),
  ]
}

function tlsFiles({ ca, cert, key }: NonNullable<JetStreamOptions['tls']>): Record<string, string> {
  return { ...(ca && { caFile: ca }), ...(cert && { certFile: cert }), ...(key && { keyFile: key }) }
}
