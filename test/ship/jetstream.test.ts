import { openJetStream } from '@pino-funnel/ship/internal'
import { describe, expect, test } from 'vitest'
import { isInstalled } from '../kit/machine/servers.ts'
import { MemoryLog } from './kit/memory-log.ts'
import { atOnce, MemoryProgress, testShipper, typesOf } from './kit/test-shipper.ts'
import { contentOf, managerOf, testStream } from './kit/test-stream.ts'

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
    const together = atOnce(2, open)
    const shippers = [testShipper(log, together), testShipper(log, together)]
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
    const freezing = testShipper(log, async (origin) => {
      const opened = await engine(origin)
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
})
