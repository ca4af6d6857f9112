import {
  connectNats,
  fieldsOf,
  fromMessage,
  loadJetStream,
  openJetStream,
  parseJetStreamOptions,
  type JetStreamOptions,
} from '@pino-funnel/ship/internal'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MemoryLog } from './kit/memory-log.ts'
import { isInstalled, TestServer } from '../kit/machine/servers.ts'
import { MemoryProgress, testShipper, typesOf } from './kit/test-shipper.ts'

interface Stream {
  readonly server: TestServer
  readonly options: JetStreamOptions
  readonly open: ReturnType<typeof openJetStream>
  /** All that the subject holds. */
  content(this: void): Promise<Buffer>
}

async function testStream(more: object = {}, names: Record<string, string> = {}, ...args: string[]): Promise<Stream> {
  const server = await TestServer.nats(...args)
  const given = { servers: `nats://127.0.0.1:${server.port}`, create: true, ...more }
  const options = parseJetStreamOptions(given, 'options')
  return { server, options, open: openJetStream(options, names), content: () => contentOf(options) }
}

async function managerOf(options: JetStreamOptions) {
  const clients = await loadJetStream()
  const connection = await connectNats(clients, options)
  onTestFinished(() => connection.close())
  return clients.jetstream.jetstreamManager(connection)
}

/** @param subject - all subjects when left out */
async function contentOf(options: JetStreamOptions, subject?: string): Promise<Buffer> {
  const manager = await managerOf(options)
  const { state } = await manager.streams.info(options.stream)
  const pieces: Buffer[] = []
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage(options.stream, { seq })
    if (!message || (subject !== undefined && message.subject !== subject)) continue
    const { batch } = await fromMessage({ fields: fieldsOf(message.header), data: Buffer.from(message.data) })
    pieces.push(batch.bytes)
  }
  return Buffer.concat(pieces)
}

describe.skipIf(!isInstalled('nats-server'))('NATS JetStream', () => {
  test('should hold the log byte for byte, and nothing twice, when shipped by several shippers in turn', async () => {
    const { open, content } = await testStream()
    const log = new MemoryLog()
    for (let turn = 0; turn < 3; turn++) {
      log.write(200)
      // None of them has a checkpoint: the stream says where to go on.
      await testShipper(log, open).run()
    }
    expect((await content()).equals(log.bytes)).toBe(true)
  })

  test('should hold the log byte for byte when batches are compressed', async () => {
    const { open, content } = await testStream({ compress: 'gzip' })
    const log = new MemoryLog()
    log.write(500)
    await testShipper(log, open).run()
    expect((await content()).equals(log.bytes)).toBe(true)
  })

  test('should store nothing twice when two shippers ship the same log at once', async () => {
    const { open, content } = await testStream()
    const log = new MemoryLog()
    log.write(2000)
    const shippers = [testShipper(log, open), testShipper(log, open)]
    await Promise.all(shippers.map(({ run }) => run()))
    expect((await content()).equals(log.bytes)).toBe(true)
    expect(shippers.reduce((sum, { shipper }) => sum + shipper.status().conflicts, 0)).toBeGreaterThan(0)
  })

  test('should refuse a message that arrives late', async () => {
    const { open, content } = await testStream()
    const log = new MemoryLog()
    log.write(10)
    const engine = await open(log.log)
    const late = { from: 0, to: log.bytes.length, bytes: log.bytes, records: 10 }
    await testShipper(log, open).run()
    await expect(engine.store(late, undefined)).rejects.toThrow('wrong last sequence')
    await engine.close()
    expect((await content()).equals(log.bytes)).toBe(true)
  })

  test('should go on, and report the trouble, when the server was killed and is there again', async () => {
    const { server, open, content } = await testStream()
    const log = new MemoryLog()
    log.write(100)
    const progress = new MemoryProgress()
    await testShipper(log, open, progress).run()
    log.write(100)
    await server.kill()
    const second = testShipper(log, open, progress)
    const done = second.run()
    await expect.poll(() => second.shipper.status().trouble).toBeDefined()
    await server.start()
    await done
    expect(typesOf(second.events)).toEqual(expect.arrayContaining(['trouble', 'recovered']))
    expect((await content()).equals(log.bytes)).toBe(true)
  })

  test('should go on after the batch that is stored, and not store it again, when the answer did not come in time', async () => {
    const { server, options, content } = await testStream({ timeout: 300 })
    const log = new MemoryLog()
    log.write(100)
    const engine = openJetStream(options, {})
    let isFrozen = false
    const freezing = testShipper(log, async (identity) => {
      const opened = await engine(identity)
      return {
        promise: opened.promise,
        maxBytes: opened.maxBytes,
        warnings: [],
        last: () => opened.last(),
        hasLost: (stored) => opened.hasLost(stored),
        close: () => opened.close(),
        store: async (batch, after) => {
          if (isFrozen) return opened.store(batch, after)
          isFrozen = true
          await server.freeze()
          const answer = opened.store(batch, after)
          await answer.catch(() => server.thaw())
          return answer
        },
      }
    })
    await freezing.run()
    expect(typesOf(freezing.events)).toContain('trouble')
    expect((await content()).equals(log.bytes)).toBe(true)
  })

  test('should send again what the server has lost, and say so', async () => {
    const { open, options, content } = await testStream()
    const log = new MemoryLog()
    const progress = new MemoryProgress()
    log.write(300)
    await testShipper(log, open, progress).run()
    const manager = await managerOf(options)
    const before = await contentOf(options)
    // A server that is restored from an older copy is a new stream with fewer messages.
    await manager.streams.delete(options.stream)
    const again = testShipper(log, open, progress)
    await again.run()
    expect(again.events).toContainEqual({ type: 'rewound', from: 0, to: before.length })
    expect((await content()).equals(log.bytes)).toBe(true)
  })

  test('should send again what the server has lost when another log has its sequences in the new stream', async () => {
    const { open, options } = await testStream()
    const [log, other] = [new MemoryLog(), new MemoryLog('b'.repeat(32), 'web-2')]
    const progress = new MemoryProgress()
    log.write(100)
    await testShipper(log, open, progress).run()
    const shipped = log.bytes.length
    const manager = await managerOf(options)
    await manager.streams.delete(options.stream)
    other.write(500)
    await testShipper(other, open).run()
    log.write(1)
    const again = testShipper(log, open, progress)
    await again.run()
    expect(again.events).toContainEqual({ type: 'rewound', from: 0, to: shipped })
    expect((await contentOf(options, 'logs.web-1.app_log')).equals(log.bytes)).toBe(true)
    expect((await contentOf(options, 'logs.web-2.app_log')).equals(other.bytes)).toBe(true)
  })

  test('should send again what the server has lost when the stream is restored, and another log has gone on', async () => {
    const { server, open, options } = await testStream()
    const [log, other] = [new MemoryLog(), new MemoryLog('b'.repeat(32), 'web-2')]
    const progress = new MemoryProgress()
    other.write(1)
    await testShipper(other, open).run()
    // Its files are what a copy is restored from.
    const copy = await server.copyFiles()
    log.write(1)
    await testShipper(log, open, progress).run()
    await server.restoreFiles(copy)
    other.write(1)
    await testShipper(other, open).run()
    const again = testShipper(log, open, progress)
    await again.run()
    expect(again.events).toContainEqual({ type: 'rewound', from: 0, to: log.bytes.length })
    expect((await contentOf(options, 'logs.web-1.app_log')).equals(log.bytes)).toBe(true)
  })

  test('should send nothing again when the stream was purged', async () => {
    const { open, options, content } = await testStream()
    const log = new MemoryLog()
    const progress = new MemoryProgress()
    log.write(300)
    await testShipper(log, open, progress).run()
    const shipped = log.bytes.length
    await (await managerOf(options)).streams.purge(options.stream)
    log.write(100)
    await testShipper(log, open, progress).run()
    expect((await content()).equals(log.bytes.subarray(shipped))).toBe(true)
  })

  test('should stop and ask when the subject holds another log', async () => {
    const { open } = await testStream()
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
    expect((await content()).equals(Buffer.concat([log.bytes.subarray(0, shipped), log.bytes.subarray(deleted)]))).toBe(
      true,
    )
  })

  test('should ship all others, and cut one, when a record is larger than the server takes', async () => {
    const { open, content } = await testStream()
    const log = new MemoryLog()
    log.write(2)
    log.write(1, 'x'.repeat(1_200_000))
    log.write(2)
    const shipper = testShipper(log, open)
    await shipper.run()
    const lines = (await content()).toString().trimEnd().split('\n')
    expect(lines).toHaveLength(5)
    expect(lines[2]).toMatch(/"event":"ship-cut"/)
    expect(shipper.shipper.status()).toMatchObject({ tooLong: 1, position: log.bytes.length })
  })

  test('should ship all others when the transform fails for one record', async () => {
    const { open, options, content } = await testStream()
    const manager = await managerOf(options)
    await manager.streams.add({ name: options.stream, subjects: ['logs.>'] })
    const log = new MemoryLog()
    log.write(20)
    const transform = (line: string): string => {
      if (line.includes('"n":7,')) throw new Error('It can not be redacted')
      return line
    }
    const shipper = testShipper(log, open, new MemoryProgress(), { outgoing: { tooLong: 'cut', transform } })
    await shipper.run()
    expect(typesOf(shipper.events)).toEqual(['refused'])
    expect(shipper.shipper.status().refused).toBe(1)
    const lines = (await content()).toString().trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { n: number }).n)).toEqual(
      Array.from({ length: 20 }, (_, n) => n).filter((n) => n !== 7),
    )
  })

  test('should ship all others when the stream refuses one record for good', async () => {
    const { open, options, content } = await testStream()
    const manager = await managerOf(options)
    await manager.streams.add({ name: options.stream, subjects: ['logs.>'] })
    const log = new MemoryLog()
    log.write(5)
    log.write(1, 'x'.repeat(20_000))
    log.write(5)
    const shipper = testShipper(log, async (identity) => {
      const engine = await open(identity)
      // The limit changes while the engine is connected.
      await manager.streams.update(options.stream, { max_msg_size: 10_000 })
      return engine
    })
    await shipper.run()
    expect(typesOf(shipper.events)).toEqual(['refused'])
    expect(shipper.shipper.status()).toMatchObject({ refused: 1, position: log.bytes.length })
    expect((await content()).toString().trimEnd().split('\n')).toHaveLength(10)
  })

  test('should name the limit, and ship nothing, when the stream takes no message of a useful size', async () => {
    const { open, options } = await testStream()
    const manager = await managerOf(options)
    await manager.streams.add({ name: options.stream, subjects: ['logs.>'], max_msg_size: 2000 })
    await expect(open(new MemoryLog().log)).rejects.toThrow(/2000 bytes at most.*max_msg_size/)
  })

  test('should report wrong credentials, and ship when they are right', async () => {
    const { server } = await testStream({}, {}, '--user', 'shipper', '--pass', 'right')
    const given = {
      servers: `nats://127.0.0.1:${server.port}`,
      create: true,
      user: 'shipper',
      password: { env: 'TEST_NATS_PASSWORD' },
    }
    const options = parseJetStreamOptions(given, 'options')
    const log = new MemoryLog()
    log.write(10)
    process.env['TEST_NATS_PASSWORD'] = 'wrong'
    const shipper = testShipper(log, openJetStream(options, {}))
    const done = shipper.run()
    await expect.poll(() => shipper.shipper.status().trouble).toMatch(/authorization/i)
    process.env['TEST_NATS_PASSWORD'] = 'right'
    await done
    expect((await contentOf(options)).equals(log.bytes)).toBe(true)
  })

  test('should need no more than the rights that the docs name', async () => {
    const config = join(mkdtempSync(join(tmpdir(), 'pino-funnel-nats-')), 'nats.conf')
    onTestFinished(() => rmSync(dirname(config), { recursive: true }))
    const publish = ['logs.web-1.app_log', '$JS.API.INFO', '$JS.API.STREAM.INFO.LOGS', '$JS.API.STREAM.MSG.GET.LOGS']
    const permissions = JSON.stringify({ publish, subscribe: ['_INBOX.>'] })
    const users = `{ user: admin, password: right }, { user: shipper, password: right, permissions: ${permissions} }`
    writeFileSync(config, `authorization { users = [ ${users} ] }\n`)
    process.env['TEST_NATS_RIGHT'] = 'right'
    const server = await TestServer.nats('-c', config)
    const given = { servers: `nats://127.0.0.1:${server.port}`, password: { env: 'TEST_NATS_RIGHT' } }
    const admin = parseJetStreamOptions({ ...given, user: 'admin' }, 'options')
    const manager = await managerOf(admin)
    await manager.streams.add({ name: 'LOGS', subjects: ['logs.>'] })
    const open = openJetStream(parseJetStreamOptions({ ...given, user: 'shipper' }, 'options'), {})
    const log = new MemoryLog()
    const progress = new MemoryProgress()
    log.write(10)
    await testShipper(log, open, progress).run()
    await manager.streams.purge('LOGS')
    // The second one asks whether what is gone was lost.
    const trial = testShipper(log, open, progress)
    await trial.run()
    expect(trial.events).toEqual([])
    const before = log.bytes.length
    log.write(10)
    await testShipper(log, open, progress).run()
    expect((await contentOf(admin)).equals(log.bytes.subarray(before))).toBe(true)
  })

  test('should refuse an address with a password, and not show it', () => {
    const parse = (): unknown => parseJetStreamOptions({ servers: ['nats://shop:hunter2@nats-1:4222'] }, 'options')
    expect(parse).toThrow(/'options.servers' must not have a user or a password/)
    expect(parse).not.toThrow(/hunter2/)
  })

  test('should name the stream and the command that makes it when there is none', async () => {
    const { server } = await testStream()
    const options = parseJetStreamOptions({ servers: `nats://127.0.0.1:${server.port}` }, 'options')
    const log = new MemoryLog()
    await expect(openJetStream(options, {})(log.log)).rejects.toThrow(/has no stream LOGS.*nats stream add LOGS/)
  })
})
