import {
  connectRedis,
  fromMessage,
  messageOf,
  openRedisStream,
  parseRedisOptions,
  type RedisOptions,
} from '@pino-funnel/ship/internal'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ANSWER_MS } from './kit/answer-time.ts'
import { MemoryLog } from './kit/memory-log.ts'
import { isInstalled, TestServer } from '../kit/machine/servers.ts'
import { atOnce, MemoryProgress, testShipper, typesOf } from './kit/test-shipper.ts'

const KEY = 'logs:web-1:app.log'

async function client(options: RedisOptions) {
  const redis = await connectRedis(options)
  onTestFinished(() => redis.disconnect())
  return redis
}

async function testStream(...args: string[]) {
  const server = await TestServer.redis(...args)
  const options = parseRedisOptions({ port: server.port, timeout: ANSWER_MS }, 'options')
  const content = async (): Promise<Buffer> => {
    const entries = await (await client(options)).xrangeBuffer(KEY, '-', '+')
    const batches = await Promise.all(entries.map(([, entry]) => fromMessage(messageOf(entry))))
    return Buffer.concat(batches.map(({ batch }) => batch.bytes))
  }
  return { server, options, open: openRedisStream(options, {}), content }
}

describe.skipIf(!isInstalled('redis-server'))('Redis Streams', () => {
  test('should hold the log byte for byte, and nothing twice, when shipped by several shippers in turn', async () => {
    const { open, content } = await testStream()
    const log = new MemoryLog()
    for (let turn = 0; turn < 3; turn++) {
      log.write(200)
      await testShipper(log, open).run()
    }
    expect((await content()).equals(log.bytes)).toBe(true)
  })

  test('should store nothing twice when two shippers ship the same log at once', async () => {
    const { open, content } = await testStream()
    const log = new MemoryLog()
    log.write(2000)
    const together = atOnce(2, open)
    const shippers = [testShipper(log, together), testShipper(log, together)]
    await Promise.all(shippers.map(({ run }) => run()))
    expect((await content()).equals(log.bytes)).toBe(true)
    expect(shippers.reduce((sum, { shipper }) => sum + shipper.status().conflicts, 0)).toBeGreaterThan(0)
  })

  test('should go on, and store nothing twice, when the server was killed and is there again', async () => {
    const { server, open, content } = await testStream()
    const log = new MemoryLog()
    const progress = new MemoryProgress()
    log.write(100)
    await testShipper(log, open, progress).run()
    await server.kill()
    log.write(100)
    const second = testShipper(log, open, progress)
    const done = second.run()
    await expect.poll(() => second.shipper.status().trouble).toBeDefined()
    await server.start()
    await done
    expect(typesOf(second.events)).toEqual(expect.arrayContaining(['trouble', 'recovered']))
    expect((await content()).equals(log.bytes)).toBe(true)
  })

  test('should send nothing again when all entries were trimmed', async () => {
    const { open, options, content } = await testStream()
    const log = new MemoryLog()
    const progress = new MemoryProgress()
    log.write(300)
    await testShipper(log, open, progress).run()
    const shipped = log.bytes.length
    await (await client(options)).xtrim(KEY, 'MAXLEN', 0)
    log.write(100)
    await testShipper(log, open, progress).run()
    expect((await content()).equals(log.bytes.subarray(shipped))).toBe(true)
  })

  test('should go on when its newest entry was deleted, and report it', async () => {
    const { open, options, content } = await testStream()
    const log = new MemoryLog()
    const progress = new MemoryProgress()
    log.write(300)
    await testShipper(log, open, progress).run()
    const redis = await client(options)
    const [newest] = await redis.xrevrange(KEY, '+', '-', 'COUNT', 1)
    await redis.xdel(KEY, String(newest?.[0]))
    log.write(100)
    const again = testShipper(log, open, progress)
    await again.run()
    expect(typesOf(again.events)).toEqual(['rewound'])
    expect((await content()).equals(log.bytes)).toBe(true)
  })

  test('should refuse a late batch also when all entries were trimmed meanwhile', async () => {
    const { open, options, content } = await testStream()
    const log = new MemoryLog()
    log.write(10)
    const engine = await open(log.log)
    expect(await engine.last()).toBeUndefined()
    await testShipper(log, open).run()
    await (await client(options)).xtrim(KEY, 'MAXLEN', 0)
    const late = { from: 0, to: log.bytes.length, bytes: log.bytes, records: 10 }
    await expect(engine.store(late, undefined)).rejects.toThrow('is not 0-0')
    await engine.close()
    expect(await content()).toHaveLength(0)
  })

  test('should send again what the server has lost, and say so', async () => {
    const { server, open, content } = await testStream('--appendonly', 'no')
    const log = new MemoryLog()
    const progress = new MemoryProgress()
    log.write(300)
    await testShipper(log, open, progress).run()
    await server.kill()
    await server.start()
    const again = testShipper(log, open, progress)
    await again.run()
    expect(again.events).toContainEqual({ type: 'rewound', from: 0, to: log.bytes.length })
    expect(typesOf(again.events)).toContain('warning')
    expect((await content()).equals(log.bytes)).toBe(true)
  })

  test('should stop and ask when the key holds another log', async () => {
    const { open, content } = await testStream()
    const log = new MemoryLog()
    log.write(10)
    await testShipper(log, open).run()
    const other = new MemoryLog('b'.repeat(32))
    other.write(10)
    const second = testShipper(other, open)
    const over = new AbortController()
    const done = second.shipper.run(over.signal)
    await expect.poll(() => second.shipper.status().trouble).toMatch(/pino-funnel ship adopt/)
    over.abort()
    await done
    expect((await content()).equals(log.bytes)).toBe(true)
  })

  test('should report bytes that were deleted before they were shipped, and ship the rest', async () => {
    const { open, content } = await testStream()
    const log = new MemoryLog()
    const progress = new MemoryProgress()
    log.write(100)
    await testShipper(log, open, progress).run()
    const shipped = log.bytes.length
    log.write(100)
    const deleted = log.bytes.length
    log.write(100)
    log.deleteBefore(deleted)
    const second = testShipper(log, open, progress)
    await second.run()
    expect(second.events).toContainEqual({ type: 'lost', from: shipped, to: deleted, bytes: deleted - shipped })
    expect(second.shipper.status().lost).toBe(deleted - shipped)
    const rest = log.bytes.subarray(deleted)
    expect((await content()).equals(Buffer.concat([log.bytes.subarray(0, shipped), rest]))).toBe(true)
  })

  test('should hold all others when one record is larger than a batch may be, and the transform fails for another', async () => {
    const { open, content } = await testStream()
    const log = new MemoryLog()
    log.write(20)
    log.write(1, 'x'.repeat(9 * 2 ** 20))
    log.write(20)
    const transform = (line: string): string => {
      if (line.includes('"n":7,')) throw new Error('It can not be redacted')
      return line
    }
    const shipper = testShipper(log, open, new MemoryProgress(), { outgoing: { tooLong: 'cut', transform } })
    await shipper.run()
    expect(typesOf(shipper.events)).toEqual(['refused'])
    expect(shipper.shipper.status()).toMatchObject({ refused: 1, tooLong: 1, position: log.bytes.length })
    const records = (await content())
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { n?: number })
    const expected = Array.from({ length: 41 }, (_, n) => (n === 20 ? undefined : n)).filter((n) => n !== 7)
    expect(records.map(({ n }) => n)).toEqual(expected)
    expect(records[19]).toMatchObject({ funnel: { event: 'ship-cut' } })
  })

  test('should need no more than the commands that the docs name, and say when INFO is not one of them', async () => {
    const { server, options, content } = await testStream()
    const admin = await client(options)
    const rights = ['~logs:*', '+eval', '+exists', '+xadd', '+xinfo|stream']
    await admin.call('ACL', 'SETUSER', 'shipper', 'on', '>right', ...rights)
    process.env['TEST_REDIS_SHIPPER'] = 'right'
    const limited = parseRedisOptions(
      { port: server.port, timeout: ANSWER_MS, username: 'shipper', password: { env: 'TEST_REDIS_SHIPPER' } },
      'options',
    )
    const log = new MemoryLog()
    log.write(10)
    const trial = testShipper(log, openRedisStream(limited, {}))
    await trial.run()
    expect(trial.events).toEqual([{ type: 'warning', message: expect.stringContaining('+info') as string }])
    expect((await content()).equals(log.bytes)).toBe(true)
  })

  test('should leave no connection behind when it is opened without INFO, and closed', async () => {
    const { options, open } = await testStream()
    const admin = await client(options)
    const clients = async (): Promise<number> =>
      String(await admin.client('LIST'))
        .trim()
        .split('\n').length
    await admin.call('ACL', 'SETUSER', 'default', '-info')
    const before = await clients()
    const engine = await open(new MemoryLog().log)
    await engine.close()
    await expect.poll(clients).toBe(before)
  })

  test('should report wrong credentials, and ship when they are right', async () => {
    const { server } = await testStream('--requirepass', 'right')
    const password = { env: 'TEST_REDIS_PASSWORD' }
    const options = parseRedisOptions({ port: server.port, timeout: ANSWER_MS, password }, 'options')
    const log = new MemoryLog()
    log.write(10)
    process.env['TEST_REDIS_PASSWORD'] = 'wrong'
    const shipper = testShipper(log, openRedisStream(options, {}))
    const done = shipper.run()
    await expect.poll(() => shipper.shipper.status().trouble).toMatch(/WRONGPASS/)
    process.env['TEST_REDIS_PASSWORD'] = 'right'
    await done
    expect(shipper.shipper.status().position).toBe(log.bytes.length)
  })
})
