import { consume, type ConsumeSource, type ShippedRecord } from '@pino-funnel/ship'
import {
  connectNats,
  connectRedis,
  loadJetStream,
  openJetStream,
  openRedisStream,
  parseJetStreamOptions,
  parseRedisOptions,
} from '@pino-funnel/ship/internal'
import { describe, expect, test } from 'vitest'
import { isInstalled, TestServer } from '../kit/machine/servers.ts'
import { ANSWER_MS } from './kit/answer-time.ts'
import { MemoryLog } from './kit/memory-log.ts'
import { MemoryProgress, testShipper } from './kit/test-shipper.ts'

const HOSTS = ['web-1', 'web-2', 'web-3']
const RECORDS = 300

function logs(): MemoryLog[] {
  return HOSTS.map((host, index) => {
    const log = new MemoryLog(`${index}`.repeat(32), host)
    log.write(RECORDS)
    return log
  })
}

/** Consumes until there are so many records, or until the handler fails. */
async function consumed(
  source: ConsumeSource,
  count: number,
  seen: Map<string, number>,
  failAfter = Infinity,
): Promise<ShippedRecord[]> {
  const over = new AbortController()
  const got: ShippedRecord[] = []
  const done = consume(
    source,
    (records, { log, to }) => {
      if (got.length >= failAfter) throw new Error('The handler dies')
      got.push(...records)
      seen.set(log, to)
      if (got.length >= count) over.abort()
    },
    { signal: over.signal, seen },
  )
  await done.catch((error: unknown) => {
    if (failAfter === Infinity) throw error
  })
  return got
}

function textOf(records: readonly ShippedRecord[], host: string): string {
  return records
    .filter(({ log }) => log.host === host)
    .map(({ line }) => `${line}\n`)
    .join('')
}

/** Each record of each log once, in order, with its id, although the consumer dies in between. */
async function expectEachRecordOnce(source: ConsumeSource, all: readonly MemoryLog[]): Promise<void> {
  const seen = new Map<string, number>()
  const first = await consumed(source, Infinity, seen, RECORDS)
  const rest = await consumed(source, RECORDS * HOSTS.length - first.length, seen)
  const records = [...first, ...rest]
  for (const { log, bytes } of all) expect(textOf(records, log.host)).toBe(bytes.toString())
  const [log] = all
  for (const { id, line, position, log: of } of records.filter((record) => record.log.id === log?.log.id)) {
    expect(id).toBe(`${of.id}-${position}`)
    expect(log?.bytes.toString('utf8', position, position + line.length)).toBe(line)
  }
}

/** Consumes the records of a log, with a foreign message before them. @returns the foreign ones that were reported */
async function consumedAfterForeign(source: ConsumeSource, count: number): Promise<string[]> {
  await expect(consume(source, () => {})).rejects.toThrow(/can't be read: .*not of pino-funnel.*onForeign/)
  const over = new AbortController()
  const foreign: string[] = []
  let records = 0
  await consume(
    source,
    (batch) => {
      records += batch.length
      if (records === count) over.abort()
    },
    { signal: over.signal, onForeign: (_, { place }) => foreign.push(place) },
  )
  return foreign
}

describe.skipIf(!isInstalled('nats-server'))('NATS JetStream', () => {
  test('should give each record of three hosts once, in order, when the consumer dies and keeps positions', async () => {
    const server = await TestServer.nats()
    const options = { servers: `nats://127.0.0.1:${server.port}`, create: true, timeout: ANSWER_MS }
    const all = logs()
    for (const log of all) await testShipper(log, openJetStream(parseJetStreamOptions(options, ''), {})).run()
    await expectEachRecordOnce({ to: 'nats', options: { ...options, durable: 'test' } }, all)
  })

  test('should leave out a foreign message, and report it, only when that is asked for', async () => {
    const server = await TestServer.nats()
    const given = { servers: `nats://127.0.0.1:${server.port}`, create: true, timeout: ANSWER_MS }
    const options = parseJetStreamOptions(given, '')
    const clients = await loadJetStream()
    const connection = await connectNats(clients, options)
    const manager = await clients.jetstream.jetstreamManager(connection)
    await manager.streams.add({ name: 'LOGS', subjects: ['logs.>'] })
    await clients.jetstream.jetstream(connection).publish('logs.stray', 'hello')
    await connection.close()
    const log = new MemoryLog()
    log.write(10)
    await testShipper(log, openJetStream(options, {})).run()
    expect(await consumedAfterForeign({ to: 'nats', options: { ...given, durable: 'test' } }, 10)).toEqual([
      'logs.stray',
    ])
  })

  test('should need a name for the consumer', async () => {
    await expect(consume({ to: 'nats' }, () => {})).rejects.toThrow(/'options.durable' must be a text/)
  })

  test('should give records the id that they have in the log when others were left out on the way', async () => {
    const server = await TestServer.nats()
    const options = { servers: `nats://127.0.0.1:${server.port}`, create: true, timeout: ANSWER_MS, compress: 'gzip' }
    const log = new MemoryLog()
    log.write(50)
    const transform = (line: string): string | undefined => (line.includes('3,') ? undefined : `${line} `)
    await testShipper(log, openJetStream(parseJetStreamOptions(options, ''), {}), new MemoryProgress(), {
      outgoing: { tooLong: 'cut', transform },
    }).run()
    const records = await consumed({ to: 'nats', options: { ...options, durable: 'test' } }, 45, new Map())
    expect(records).toHaveLength(45)
    for (const { line, position } of records)
      expect(log.bytes.toString('utf8', position, position + line.length - 1)).toBe(line.trimEnd())
  })
})

describe.skipIf(!isInstalled('redis-server'))('Redis Streams', () => {
  test('should give each record of three hosts once, in order, when the consumer dies and keeps positions', async () => {
    const server = await TestServer.redis()
    const options = { port: server.port, timeout: ANSWER_MS }
    const all = logs()
    for (const log of all) await testShipper(log, openRedisStream(parseRedisOptions(options, ''), {})).run()
    const keys = HOSTS.map((host) => `logs:${host}:app.log`)
    await expectEachRecordOnce({ to: 'redis', options: { ...options, keys } }, all)
  })

  test('should leave out a foreign entry, and report it, only when that is asked for', async () => {
    const server = await TestServer.redis()
    const options = { port: server.port, timeout: ANSWER_MS }
    const redis = await connectRedis(parseRedisOptions(options, ''))
    await redis.xadd('stray', '*', 'field', 'value')
    redis.disconnect()
    const log = new MemoryLog()
    log.write(10)
    await testShipper(log, openRedisStream(parseRedisOptions(options, ''), {})).run()
    const keys = ['stray', 'logs:web-1:app.log']
    expect(await consumedAfterForeign({ to: 'redis', options: { ...options, keys } }, 10)).toEqual(['stray'])
  })
})
