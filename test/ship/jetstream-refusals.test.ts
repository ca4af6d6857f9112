import { openJetStream, parseJetStreamOptions } from '@pino-funnel/ship/internal'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isInstalled, TestServer } from '../kit/machine/servers.ts'
import { ANSWER_MS } from './kit/answer-time.ts'
import { MemoryLog } from './kit/memory-log.ts'
import { MemoryProgress, testShipper, typesOf } from './kit/test-shipper.ts'
import { contentOf, managerOf, testStream } from './kit/test-stream.ts'

describe.skipIf(!isInstalled('nats-server'))('what NATS JetStream refuses', () => {
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
    const shipper = testShipper(log, async (origin) => {
      const engine = await open(origin)
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
      timeout: ANSWER_MS,
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
    const password = { env: 'TEST_NATS_RIGHT' }
    const given = { servers: `nats://127.0.0.1:${server.port}`, timeout: ANSWER_MS, password }
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
    const options = parseJetStreamOptions({ servers: `nats://127.0.0.1:${server.port}`, timeout: ANSWER_MS }, 'options')
    const log = new MemoryLog()
    await expect(openJetStream(options, {})(log.log)).rejects.toThrow(/has no stream LOGS.*nats stream add LOGS/)
  })
})
