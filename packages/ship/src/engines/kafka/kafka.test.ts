/** What Kafka promises, and its mock does not do: transactions that others do not see, and fences. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ConflictError, RefusedError, type OpenEngine } from '../../engine/engine.ts'
import { FakeLog, FakeProgress } from '../../shipping/fakes.test-kit.ts'
import { Shipper } from '../../shipping/shipper.ts'
import type { ProgressStore } from '../../state/checkpoint.ts'
import type { KafkaConnection, KafkaMessage, KafkaPosition } from './kafka-connection.ts'
import { KafkaEngine } from './kafka.ts'

const OPTIONS = { maxBytes: 64 * 1024, compress: 'none' } as const

/** A topic with one partition, and the position of one log. */
class FakeKafka {
  #messages: KafkaMessage[] = []
  #position: KafkaPosition | undefined
  #epoch = 0
  /** Bytes of a message, at most. */
  most = Infinity
  /** Where a message without one goes, and those that have got messages. */
  partition = 0
  readonly partitions = new Set<number>()
  /** What happens to the next commit. */
  next: 'is stored' | 'is stored without an answer' | 'is lost' = 'is stored'

  get text(): string {
    return this.#messages.map(({ value }) => value.toString()).join('')
  }

  readonly open: OpenEngine = async (log) => new KafkaEngine(this.connect(), log, OPTIONS)

  connect(): KafkaConnection {
    let epoch = 0
    return {
      fence: async () => {
        epoch = this.#epoch += 1
      },
      position: async () => this.#position,
      endsBefore: async (token) => this.#messages.length <= Number(token.split(':')[1]),
      commit: async (message, log, to, partition = this.partition) => {
        // Others may come in between.
        await pause(0)
        if (message.value.length > this.most) throw new RefusedError('MESSAGE_TOO_LARGE')
        const fate = this.next
        this.next = 'is stored'
        if (epoch !== this.#epoch) throw new ConflictError('Another shipper of this log has begun')
        if (fate === 'is lost') throw new Error('The connection has ended')
        this.partitions.add(partition)
        const token = `${partition}:${this.#messages.push(message) - 1}`
        this.#position = { log, to, token }
        if (fate === 'is stored without an answer') throw new Error('The connection has ended')
        return token
      },
      close: async () => {},
    }
  }

  /** As after some days without a record. */
  forgetPosition(): void {
    this.#position = undefined
  }

  makeTopicAgain(): void {
    this.#messages = []
    this.#position = undefined
  }
}

function shipper(log: FakeLog, kafka: FakeKafka, progress: ProgressStore = new FakeProgress()): Shipper {
  return new Shipper({
    source: log,
    openEngine: kafka.open,
    progress,
    batching: { size: 16, wait: 0 },
    outgoing: { tooLong: 'cut' },
    from: 'beginning',
    onEvent: () => {},
    pause: async () => pause(0),
  })
}

async function ship(...args: Parameters<typeof shipper>): Promise<void> {
  await shipper(...args).run(new AbortController().signal)
}

function writtenLog(): FakeLog {
  const log = new FakeLog()
  log.write(...Array.from({ length: 50 }, (_, n) => `{"n":${n}}`))
  return log
}

test('should go on after the position that is committed when the shipper has no checkpoint', async () => {
  const [kafka, log] = [new FakeKafka(), writtenLog()]
  await ship(log, kafka)
  log.write('{"n":"more"}')
  await ship(log, kafka)
  expect(kafka.text).toBe(log.bytes.toString())
})

test('should store nothing twice when two shippers ship the same log at once', async () => {
  const [kafka, log] = [new FakeKafka(), writtenLog()]
  const both = [shipper(log, kafka), shipper(log, kafka)]
  await Promise.all(both.map((each) => each.run(new AbortController().signal)))
  expect(kafka.text).toBe(log.bytes.toString())
  expect(both.reduce((sum, each) => sum + each.status().conflicts, 0)).toBeGreaterThan(0)
})

test.for(['is stored without an answer', 'is lost'] as const)(
  'should store nothing twice, and leave nothing out, when a batch %s',
  async (fate) => {
    const [kafka, log] = [new FakeKafka(), writtenLog()]
    kafka.next = fate
    await ship(log, kafka)
    expect(kafka.text).toBe(log.bytes.toString())
  },
)

test('should store all others when the broker refuses one record for good', async () => {
  const [kafka, log] = [new FakeKafka(), writtenLog()]
  log.write('x'.repeat(500), '{"n":"last"}')
  kafka.most = 400
  const one = shipper(log, kafka)
  await one.run(new AbortController().signal)
  expect(kafka.text).toBe(log.bytes.toString().replace(`${'x'.repeat(500)}\n`, ''))
  expect(one.status().refused).toBe(1)
})

test('should go on in the partition of the log when the topic has got more of them', async () => {
  const [kafka, log, progress] = [new FakeKafka(), writtenLog(), new FakeProgress()]
  await ship(log, kafka, progress)
  kafka.partition = 7
  log.write('{"n":"more"}')
  await ship(log, kafka)
  kafka.forgetPosition()
  log.write('{"n":"still more"}')
  await ship(log, kafka, progress)
  expect([...kafka.partitions]).toEqual([0])
})

test('should refuse what a shipper has sent before another one asked', async () => {
  const [kafka, log] = [new FakeKafka(), writtenLog()]
  const late = await kafka.open(log.log)
  await late.last()
  await ship(log, kafka)
  const batch = { from: 0, to: log.bytes.length, bytes: log.bytes, records: 50 }
  await expect(late.store(batch, undefined)).rejects.toThrow(ConflictError)
  expect(kafka.text).toBe(log.bytes.toString())
})

test('should believe the checkpoint when the position has expired', async () => {
  const [kafka, log, progress] = [new FakeKafka(), writtenLog(), new FakeProgress()]
  await ship(log, kafka, progress)
  kafka.forgetPosition()
  log.write('{"n":"more"}')
  await ship(log, kafka, progress)
  expect(kafka.text).toBe(log.bytes.toString())
})

test('should send all again when the topic was made again', async () => {
  const [kafka, log, progress] = [new FakeKafka(), writtenLog(), new FakeProgress()]
  await ship(log, kafka, progress)
  kafka.makeTopicAgain()
  await ship(log, kafka, progress)
  expect(kafka.text).toBe(log.bytes.toString())
})

test('should stop and ask when the position is that of another log', async () => {
  const [kafka, other] = [new FakeKafka(), new FakeLog('b'.repeat(32))]
  await ship(writtenLog(), kafka)
  other.write('{"n":0}')
  const second = shipper(other, kafka)
  const over = new AbortController()
  const done = second.run(over.signal)
  await expect.poll(() => second.status().trouble).toMatch(/pino-funnel ship begin/)
  over.abort()
  await done
})
