/**
 * Redis Streams: a batch is an entry of the stream of its log. A script adds it only if the stream's last id is the one
 * that the shipper names.
 *
 * A server without a persistent file, or whose file is old, loses entries when it is killed. It goes back with its last
 * id then, and what is missing is sent again.
 */
import type { Redis } from 'ioredis'
import {
  ConflictError,
  type Batch,
  type Engine,
  type LastStored,
  type LogOrigin,
  type OpenEngine,
  type Place,
  type Stored,
} from '../../engine/engine.ts'
import { noConnection } from '../../engine/trouble.ts'
import { readSecret } from '../../settings/secret.ts'
import { engineClient } from '../engine-client.ts'
import { lastStored, readFields, toMessage, type Message } from '../message.ts'
import { placeName, type PlaceNames } from '../place-name.ts'
import { APPEND_SCRIPT } from './append-script.ts'
import type { RedisOptions } from './redis-options.ts'

/** The server takes up to 512 MB, and holds all of it in memory. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024
/** The last id of a stream that is not there. */
const NO_ID = '0-0'
/** The entry's field with the data. */
const DATA = 'data'

/** A connection that ends with the first trouble: the shipper decides when to connect again. @throws also when it can't connect */
export async function connectRedis(options: RedisOptions): Promise<Redis> {
  const { Redis: Client } = await engineClient('Redis', 'ioredis', () => import('ioredis'))
  const { host, port, tls, username, password, timeout } = options
  const redis = new Client({
    host,
    port,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // Both need commands that a user of the server may not have.
    enableReadyCheck: false,
    disableClientInfo: true,
    autoResubscribe: false,
    connectTimeout: timeout,
    commandTimeout: timeout,
    ...(tls && { tls: {} }),
    ...(username !== undefined && { username }),
    ...(password && { password: readSecret(password) }),
  })
  let reason: Error | undefined
  redis.on('error', (error: Error) => (reason = error))
  try {
    await redis.connect()
  } catch (error) {
    redis.disconnect()
    throw noConnection([`${host}:${port}`], reason ?? error)
  }
  return redis
}

export function openRedisStream(options: RedisOptions, names: PlaceNames): OpenEngine {
  return async (log) => {
    const key = placeName(options.key, ':', log, names)
    const redis = await connectRedis(options)
    try {
      return new RedisEngine(redis, key, log, options, await warningsOf(redis))
    } catch (error) {
      redis.disconnect()
      throw error
    }
  }
}

export function redisPlace(options: RedisOptions, names: PlaceNames, log: LogOrigin): Place {
  const { host, port, key } = options
  return { name: `the key ${placeName(key, ':', log, names)}`, servers: [`${host}:${port}`] }
}

class RedisEngine implements Engine {
  readonly promise = 'exactly-once'
  readonly maxBytes = MAX_BATCH_BYTES
  readonly warnings: readonly string[]
  readonly #redis: Redis
  readonly #key: string
  readonly #log: LogOrigin
  readonly #options: RedisOptions
  /** The last id of a stream whose entries were all trimmed. */
  #emptyAt = NO_ID

  constructor(redis: Redis, key: string, log: LogOrigin, options: RedisOptions, warnings: readonly string[]) {
    this.#redis = redis
    this.#key = key
    this.#log = log
    this.#options = options
    this.warnings = warnings
  }

  async last(): Promise<LastStored | undefined> {
    const { lastId, last } = await this.#info()
    // It is what the script compares, also when the newest entry was deleted.
    if (last) return lastStored(messageOf(last), lastId, `the stream ${this.#key}`)
    this.#emptyAt = lastId
    return undefined
  }

  async hasLost({ token }: Stored): Promise<boolean> {
    return isBefore((await this.#info()).lastId, token)
  }

  async store(batch: Batch, after: Stored | undefined): Promise<Stored> {
    const { fields, data } = await toMessage(batch, this.#log, this.#options.compress)
    const expected = after?.token ?? this.#emptyAt
    const id = await this.#redis.eval(
      APPEND_SCRIPT,
      1,
      this.#key,
      expected,
      ...Object.entries(fields).flat(),
      DATA,
      data,
    )
    if (typeof id !== 'string') throw new ConflictError(`The last entry of ${this.#key} is not ${expected}`)
    return { log: this.#log.id, to: batch.to, token: id }
  }

  async close(): Promise<void> {
    this.#redis.disconnect()
  }

  /** The last id that the stream has given, and its newest entry, as they are at one instant. */
  async #info(): Promise<{ lastId: string; last: Buffer[] | undefined }> {
    let info: unknown
    try {
      info = await this.#redis.callBuffer('XINFO', 'STREAM', this.#key)
    } catch (error) {
      if (/no such key/.test(String(error))) return { lastId: NO_ID, last: undefined }
      throw error
    }
    const valueOf = (name: string): unknown => {
      const all = info as unknown[]
      return all[all.findIndex((each, at) => at % 2 === 0 && String(each) === name) + 1]
    }
    const entry = valueOf('last-entry') as [Buffer, Buffer[]] | null
    return { lastId: String(valueOf('last-generated-id')), last: entry?.[1] }
  }
}

/** @param entry - names and values in turn */
export function messageOf(entry: readonly Buffer[]): Message {
  const valueOf = (wanted: string): Buffer | undefined =>
    entry[entry.findIndex((name, at) => at % 2 === 0 && name.toString() === wanted) + 1]
  const has = new Set(entry.filter((_, at) => at % 2 === 0).map(String))
  return {
    fields: readFields((name) => (has.has(name) ? String(valueOf(name)) : undefined)),
    data: valueOf(DATA) ?? Buffer.alloc(0),
  }
}

/** Whether an entry's id, `<ms>-<number>`, is smaller than another one. */
function isBefore(id: string, other: string): boolean {
  const [ms = 0n, number = 0n] = id.split('-').map(BigInt)
  const [otherMs = 0n, otherNumber = 0n] = other.split('-').map(BigInt)
  return ms === otherMs ? number < otherNumber : ms < otherMs
}

async function warningsOf(redis: Redis): Promise<string[]> {
  let memory: string
  let persistence: string
  try {
    memory = await redis.info('memory')
    persistence = await redis.info('persistence')
  } catch (error) {
    if (!String(error).includes('NOPERM')) throw error
    return [`Whether the server keeps what it acknowledges is not known: its user may not run INFO. Allow it: +info.`]
  }
  const policy = /maxmemory_policy:(\S+)/.exec(memory)?.[1] ?? 'noeviction'
  const isLimited = !/maxmemory:0\r/.test(memory)
  return [
    ...(isLimited && policy.startsWith('allkeys')
      ? [`The server deletes whole streams when its memory is full (maxmemory-policy ${policy}). Set it to noeviction.`]
      : []),
    ...(/aof_enabled:0/.test(persistence)
      ? [`The server writes no append-only file: it loses what it acknowledged when it ends. Set appendonly to yes.`]
      : []),
  ]
}
