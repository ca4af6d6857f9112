/** Engines as plain pino transports, without pino-funnel: a real program, its thread of pino, and the engine. */
import { consume } from '@pino-funnel/ship'
import { expect, test } from 'vitest'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { mockKafka } from '../kit/machine/mock-kafka.ts'
import { isInstalled, TestServer } from '../kit/machine/servers.ts'
import { startFixture } from '../kit/processes/fixture.ts'
import { until } from '../kit/until.ts'
import { ANSWER_MS } from './kit/answer-time.ts'
import { ElasticServer } from './kit/elastic-server.ts'
import { LokiServer } from './kit/loki-server.ts'
import { OtlpServer } from './kit/otlp-server.ts'
import { RelpServer } from './kit/relp-server.ts'

const COUNT = 200
const NUMBERS = Array.from({ length: COUNT }, (_, n) => n)

async function logPlainly(to: string, options: object): Promise<void> {
  // A busy machine must not make it give up.
  const settings = { count: COUNT, options: { to, log: 'shop', batch: { wait: 5 }, closeWait: 60_000, options } }
  const program = startFixture('ship/logs-plainly', [JSON.stringify(settings)])
  await program.succeeded()
  expect(program.stderr).not.toContain('PinoFunnelWarning')
}

function numberIn(line: unknown): number {
  return (JSON.parse(String(line)) as { n: number }).n
}

/** The numbers of the records in an engine, once there are enough of them. */
async function numbersIn(to: string, options: object): Promise<number[]> {
  const over = new AbortController()
  const numbers: number[] = []
  await consume(
    { to, options },
    (records) => {
      numbers.push(...records.map(({ line }) => numberIn(line)))
      if (numbers.length >= COUNT) over.abort()
    },
    { signal: over.signal },
  )
  return numbers
}

test('should send each record once to otlp when the program ends', async () => {
  const server = await new OtlpServer().listen()
  await logPlainly('otlp', { url: server.url, timeout: ANSWER_MS })
  expect(server.records.map(({ attributes }) => Number(attributes['n']))).toEqual(NUMBERS)
  expect(server.mistakes).toEqual([])
})

test('should send each record once to loki when the program ends', async () => {
  const server = await new LokiServer().listen()
  await logPlainly('loki', { url: server.url, timeout: ANSWER_MS })
  expect(server.entries.map(({ line }) => numberIn(line))).toEqual(NUMBERS)
  expect(server.mistakes).toEqual([])
})

test('should send each record once to elastic when the program ends', async () => {
  const server = await new ElasticServer().listen()
  await logPlainly('elastic', { url: server.url, timeout: ANSWER_MS })
  expect([...server.documents.values()].map(({ source }) => source['n'])).toEqual(NUMBERS)
  expect(server.mistakes).toEqual([])
})

test('should send each record once to relp when the program ends', async () => {
  const server = await new RelpServer().listen()
  await logPlainly('relp', { port: server.port, timeout: ANSWER_MS })
  expect(server.messages.map(({ text }) => numberIn(text))).toEqual(NUMBERS)
  expect(server.mistakes).toEqual([])
})

test('should send the records of two programs in turn to one key of redis', async ({ skip }) => {
  skip(!isInstalled('redis-server'), 'redis-server is not installed')
  const server = await TestServer.redis()
  const access = { port: server.port, key: 'plain', timeout: ANSWER_MS }
  await logPlainly('redis', access)
  await logPlainly('redis', access)
  const numbers = await numbersIn('redis', { port: server.port, keys: 'plain', timeout: ANSWER_MS })
  expect(numbers).toEqual(NUMBERS)
})

test('should send each record once to nats when the program ends', async ({ skip }) => {
  skip(!isInstalled('nats-server'), 'nats-server is not installed')
  const server = await TestServer.nats()
  const access = { servers: `nats://127.0.0.1:${server.port}`, create: true, timeout: ANSWER_MS }
  await logPlainly('nats', { ...access, subject: 'logs.{log}.{pid}' })
  expect(await numbersIn('nats', { ...access, durable: 'test' })).toEqual(NUMBERS)
})

test('should send each record once to kafka when the program ends', async ({ skip }) => {
  skip(!isInstalled('kcat'), 'kcat is not installed')
  const { broker } = await mockKafka()
  const access = { brokers: broker, timeout: ANSWER_MS }
  await logPlainly('kafka', access)
  expect(await numbersIn('kafka', { ...access, group: 'test' })).toEqual(NUMBERS)
})

test('should be usable as a sink', async () => {
  const server = await new OtlpServer().listen()
  const { file, ledgers } = logDirectory()
  const access = { url: server.url, timeout: ANSWER_MS }
  const options = { to: 'otlp', batch: { wait: 5 }, closeWait: 60_000, options: access }
  const sinks = [{ target: '@pino-funnel/ship/transport', options }]
  const settings = { file, ledgers, worker: 'a', count: COUNT, sinks, next: 'stay' }
  const worker = startFixture('worker/log', [JSON.stringify(settings)])
  const shipped = (): number => server.records.filter(({ body }) => JSON.stringify(body).includes('shipped')).length
  await until(() => shipped() >= COUNT, 'the sink to have sent all records', { deadline: 60_000 })
  expect(shipped()).toBe(COUNT)
  worker.write('end')
  await worker.succeeded()
})
