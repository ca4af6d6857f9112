/**
 * Kafka's protocol, by the mock cluster of librdkafka. It neither hides what is not committed, nor fences, nor keeps the
 * positions of transactions; the rules that rest on those are in `packages/ship/src/engines/kafka/kafka.test.ts` and in the model.
 */
import { consume, type ShippedRecord } from '@pino-funnel/ship'
import { openKafka, parseKafkaOptions, type OpenEngine } from '@pino-funnel/ship/internal'
import { describe, expect, test } from 'vitest'
import { mockKafka } from '../kit/machine/mock-kafka.ts'
import { isInstalled } from '../kit/machine/servers.ts'
import { sampled } from '../kit/sample.ts'
import { ANSWER_MS } from './kit/answer-time.ts'
import { MemoryLog } from './kit/memory-log.ts'
import { MemoryProgress, testShipper } from './kit/test-shipper.ts'

interface Topic {
  readonly given: object
  readonly open: OpenEngine
}

async function testTopic(more: object = {}): Promise<Topic> {
  const { broker } = await mockKafka()
  const given = { brokers: broker, timeout: ANSWER_MS, ...more }
  return { given, open: openKafka(parseKafkaOptions(given, 'options'), {}) }
}

/** Consumes until so many bytes of lines have come. */
async function consumed(
  given: object,
  bytes: number,
  seen = new Map<string, number>(),
  group = 'test',
): Promise<ShippedRecord[]> {
  const over = new AbortController()
  const got: ShippedRecord[] = []
  let length = 0
  await consume(
    { to: 'kafka', options: { ...given, group } },
    (records, { log, to }) => {
      got.push(...records)
      seen.set(log, to)
      length += records.reduce((sum, { line }) => sum + line.length + 1, 0)
      if (length >= bytes) over.abort()
    },
    { signal: over.signal, seen },
  )
  return got
}

function textOf(records: readonly ShippedRecord[]): string {
  return records.map(({ line }) => `${line}\n`).join('')
}

describe.skipIf(!isInstalled('kcat'))('Kafka', () => {
  test('should not call the handler of a consumer again when that has failed, and end', async () => {
    const { given, open } = await testTopic()
    const log = new MemoryLog()
    log.write(500)
    await testShipper(log, open).run()
    let calls = 0
    const done = consume({ to: 'kafka', options: { ...given, group: 'test' } }, () => {
      calls += 1
      throw new Error('The handler dies')
    })
    await expect(done).rejects.toThrow('The handler dies')
    // What was left running would be called when the next consumer has got the rest.
    await consumed({ ...given }, log.bytes.length, new Map(), 'another')
    expect(calls).toBe(1)
  })

  test('should hold the log byte for byte when it is shipped in turns and given to a consumer', async () => {
    const { given, open } = await testTopic()
    const log = new MemoryLog()
    const progress = new MemoryProgress()
    for (let turn = 0; turn < 3; turn++) {
      log.write(200)
      await testShipper(log, open, progress).run()
    }
    expect(textOf(await consumed(given, log.bytes.length))).toBe(log.bytes.toString())
  })

  test('should give the records of three hosts in the order of each when batches are compressed', async () => {
    const { given, open } = await testTopic({ compress: 'gzip' })
    const logs = ['web-1', 'web-2', 'web-3'].map((host, index) => new MemoryLog(`${index}`.repeat(32), host))
    for (const log of logs) log.write(100)
    await Promise.all(logs.map((log) => testShipper(log, open).run()))
    const records = await consumed(
      given,
      logs.reduce((sum, { bytes }) => sum + bytes.length, 0),
    )
    for (const { log, bytes } of logs)
      expect(textOf(records.filter((record) => record.log.id === log.id))).toBe(bytes.toString())
  })

  // The mock keeps the place of a member that has left for 30 s.
  test.runIf(sampled(false, true))(
    'should go on after what it has committed when a consumer ends and the next one of its group begins',
    async () => {
      const { given, open } = await testTopic()
      const log = new MemoryLog()
      log.write(500)
      await testShipper(log, open).run()
      const first = await consumed(given, 1)
      const rest = await consumed(given, log.bytes.length - textOf(first).length)
      expect(textOf([...first, ...rest])).toBe(log.bytes.toString())
    },
  )

  test('should send all again, and say so, when the cluster was made again', async () => {
    const before = await testTopic()
    const log = new MemoryLog()
    const progress = new MemoryProgress()
    log.write(50)
    await testShipper(log, before.open, progress).run()
    const { given, open } = await testTopic()
    const again = testShipper(log, open, progress)
    await again.run()
    expect(again.events).toContainEqual({ type: 'rewound', from: 0, to: log.bytes.length })
    expect(textOf(await consumed(given, log.bytes.length))).toBe(log.bytes.toString())
  })
})

test('should refuse a password without a user, and one that is written down', () => {
  expect(() => parseKafkaOptions({ password: { env: 'SECRET' } }, 'options')).toThrow(/'options.username' and/)
  expect(() => parseKafkaOptions({ username: 'shop', password: 'hunter2' }, 'options')).toThrow(/place of a secret/)
})

test('should report that no broker is there, and end when it is asked to', async () => {
  const open = openKafka(parseKafkaOptions({ brokers: '127.0.0.1:1', timeout: 500 }, 'options'), {})
  const log = new MemoryLog()
  log.write(1)
  const shipper = testShipper(log, open)
  const over = new AbortController()
  const done = shipper.shipper.run(over.signal)
  await expect.poll(() => shipper.shipper.status().trouble).toMatch(/ECONNREFUSED|Connection error/)
  over.abort()
  await done
})
