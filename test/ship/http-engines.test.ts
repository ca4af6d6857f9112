/**
 * Engines with an HTTP interface, each with a server that stands in for it: OTLP, Loki, Elasticsearch. The real ones were
 * not run.
 */
import { engineFor, parseShipSettings, type OpenEngine } from '@pino-funnel/ship/internal'
import { describe, expect, test } from 'vitest'
import { ElasticServer } from './kit/elastic-server.ts'
import type { FakeServer, Mishap } from './kit/http-server.ts'
import { LokiServer } from './kit/loki-server.ts'
import { MemoryLog } from './kit/memory-log.ts'
import { OtlpServer } from './kit/otlp-server.ts'
import { MemoryProgress, testShipper, typesOf, type TestShipper } from './kit/test-shipper.ts'

/** No request that is answered takes that long. */
const TIMEOUT_MS = 30_000
/** A request that is not answered costs a test that long. One that is answered may, too, on a busy machine. */
const SHORT_TIMEOUT_MS = 500

interface Scene<S extends FakeServer> {
  readonly server: S
  readonly log: MemoryLog
  readonly progress: MemoryProgress
  /** Milliseconds that the server wanted to be left alone, for each failure. */
  readonly waits: number[]
  ship(this: void, options?: object): Promise<TestShipper>
}

async function scene<S extends FakeServer>(to: string, server: S, names: object = {}): Promise<Scene<S>> {
  await server.listen()
  const log = new MemoryLog()
  const progress = new MemoryProgress()
  const waits: number[] = []
  const ship = async (options: object = {}): Promise<TestShipper> => {
    const open = opener(to, names, { url: server.url, timeout: TIMEOUT_MS, ...options })
    const trial = testShipper(log, open, progress, {
      pause: async (_failures, _signal, least) => {
        waits.push(least)
      },
    })
    await trial.run()
    return trial
  }
  return { server, log, progress, waits, ship }
}

function opener(to: string, names: object, options: object): OpenEngine {
  const [settings] = parseShipSettings({ to, names, options })
  if (!settings) throw new Error('Expected an entry')
  return engineFor(settings).open
}

/** Logs records with times, as pino does. */
function write(log: MemoryLog, count: number): void {
  const first = linesOf(log).length
  log.append(
    ...Array.from({ length: count }, (_, at) => {
      const n = first + at
      return JSON.stringify({ level: 30, time: 1_795_250_474_075 + n, n, msg: 'record' })
    }),
  )
}

function linesOf(log: MemoryLog): string[] {
  return log.bytes.toString().split('\n').slice(0, -1)
}

/** Ids of the records of a log, in order. */
function idsOf(log: MemoryLog): string[] {
  let at = 0
  return linesOf(log).map((line) => {
    const id = `${log.log.id}-${at}`
    at += line.length + 1
    return id
  })
}

const STORED: readonly Mishap[] = ['stores and answers never', 'stores and hangs up']
const NOT_STORED: readonly Mishap[] = [
  { status: 429, headers: { 'retry-after': '7' } },
  { status: 502 },
  { status: 503, body: 'try again' },
  { status: 504 },
  { status: 500 },
  { status: 401 },
  'hangs up',
]

const KINDS = {
  otlp: {
    open: () => scene('otlp', new OtlpServer()),
    idsIn: (server: FakeServer) => (server as OtlpServer).records.map(({ uid }) => uid),
    /** Records that came a second time, and are there twice. */
    isIdempotent: false,
  },
  loki: {
    open: () => scene('loki', new LokiServer()),
    idsIn: (server: FakeServer) => (server as LokiServer).entries.map(({ metadata }) => String(metadata['id'])),
    isIdempotent: true,
  },
  elastic: {
    open: () => scene('elastic', new ElasticServer()),
    idsIn: (server: FakeServer) => [...(server as ElasticServer).documents.values()].map(({ id }) => id),
    isIdempotent: true,
  },
} as const

describe.each(Object.entries(KINDS))('%s', (_, { open, idsIn, isIdempotent }) => {
  test('should get each record once, in order, in requests as its interface has them', async () => {
    const { server, log, ship } = await open()
    write(log, 300)

    await ship()
    write(log, 10)
    await ship({ compress: 'gzip' })

    expect(server.mistakes).toEqual([])
    expect(idsIn(server)).toEqual(idsOf(log))
  })

  test('should get each record, and the trouble be reported, when it takes nothing for a while', async () => {
    const { server, log, waits, ship } = await open()
    write(log, 50)
    server.meets(...NOT_STORED)

    const { events } = await ship()

    expect(idsIn(server)).toEqual(idsOf(log))
    expect(typesOf(events)).toEqual([...NOT_STORED.map(() => 'trouble'), 'recovered'])
    expect(waits[0]).toBe(7000)
    expect(waits.slice(1).every((wait) => wait === 0)).toBe(true)
    expect(server.mistakes).toEqual([])
  })

  test('should get each record, twice at most and with equal ids, when its answer is late or lost', async () => {
    const { server, log, ship } = await open()
    write(log, 50)
    server.meets(...STORED, 'answers never')

    await ship({ timeout: SHORT_TIMEOUT_MS })

    const ids = idsIn(server)
    expect([...new Set(ids)]).toEqual(idsOf(log))
    expect(ids.length).toBeGreaterThanOrEqual(isIdempotent ? 50 : 150)
    expect(ids.length).toBeLessThanOrEqual(isIdempotent ? 50 : Infinity)
  })

  test('should go on after the checkpoint, when another shipper has ended', async () => {
    const { server, log, ship } = await open()
    write(log, 20)
    await ship()
    write(log, 20)

    await ship()

    expect(server.requests).toHaveLength(2)
    expect(idsIn(server)).toEqual(idsOf(log))
  })

  test('should get all others, when it refuses one record for good', async () => {
    const { server, log, progress, ship } = await open()
    write(log, 8)
    server.meets(
      { status: 400, body: 'bad' },
      { status: 400, body: 'bad' },
      { status: 413 },
      { status: 400, body: 'bad' },
    )

    const { events } = await ship()

    // The first half of the first half of the batch, down to its first record.
    expect(idsIn(server)).toEqual(idsOf(log).slice(1))
    expect(typesOf(events)).toEqual(['refused'])
    expect(progress.progress?.refused).toBe(1)
  })

  test('should get a secret that is named, and it is shown nowhere', async () => {
    process.env['PINO_FUNNEL_TEST_TOKEN'] = 'geheim'
    const { server, log, ship } = await open()
    write(log, 1)
    server.meets({ status: 403 })

    const { events } = await ship({ token: { env: 'PINO_FUNNEL_TEST_TOKEN' }, headers: { 'x-site': 'berlin' } })

    expect(server.requests.at(-1)?.headers).toMatchObject({ authorization: 'Bearer geheim', 'x-site': 'berlin' })
    expect(JSON.stringify(events)).not.toContain('geheim')
  })
})

describe('OTLP', () => {
  test('should have time, severity, body, trace and all other fields of a record', async () => {
    const { server, log, ship } = await scene('otlp', new OtlpServer(), { service: 'shop' })
    const traced = { trace_id: 'ab'.repeat(16), span_id: 'cd'.repeat(8), trace_flags: '01' }
    log.append(
      JSON.stringify({
        level: 50,
        time: 1795250474075,
        pid: 7,
        msg: 'no',
        ratio: 0.5,
        list: [1, null],
        err: { a: 'b' },
        ...traced,
      }),
      'not JSON',
    )

    await ship({ resource: { 'deployment.environment.name': 'prod' } })

    expect(server.mistakes).toEqual([])
    expect(server.resource).toEqual({
      'service.name': 'shop',
      'host.name': 'web-1',
      'deployment.environment.name': 'prod',
    })
    const [first, second] = server.records
    expect(first).toMatchObject({ body: 'no', severityText: 'ERROR', timeUnixNano: '1795250474075000000' })
    expect(first?.attributes).toMatchObject({
      pid: 7,
      ratio: 0.5,
      list: [1, null],
      err: { a: 'b' },
      'log.file.name': 'app.log',
    })
    expect(second?.body).toBe('not JSON')
  })

  test('should report how many records were rejected, and keep them, when the success is partial', async () => {
    const { server, log, progress, ship } = await scene('otlp', new OtlpServer())
    write(log, 5)
    const partialSuccess = { rejectedLogRecords: '2', errorMessage: 'too old' }
    server.meets({ status: 200, body: JSON.stringify({ partialSuccess }) })

    const { events } = await ship()

    expect(events).toMatchObject([{ type: 'refused', records: 2, batch: { records: 5 } }])
    expect(server.requests).toHaveLength(1)
    expect(progress.progress).toMatchObject({ refused: 2, position: log.bytes.length })
  })

  test('should take a partial success without rejected records for a warning', async () => {
    const { server, log, progress, ship } = await scene('otlp', new OtlpServer())
    write(log, 5)
    server.meets({ status: 200, body: JSON.stringify({ partialSuccess: { errorMessage: 'use gzip' } }) })

    const { events } = await ship()

    expect(events).toEqual([])
    expect(progress.progress?.refused).toBe(0)
  })
})

describe('Loki', () => {
  test('should have one stream, whose entries have times that differ, and are those of their records', async () => {
    const { server, log, ship } = await scene('loki', new LokiServer(), { service: 'shop' })
    log.append('{"level":30,"time":1795250474075,"msg":"a"}', '{"level":30,"time":1795250474075,"msg":"a"}', 'not JSON')

    await ship({ labels: { service: '{service}', host: '{host}' }, tenant: 'shop' })

    expect(server.mistakes).toEqual([])
    expect(server.entries.map(({ time }) => time)).toEqual([
      '1795250474075000000',
      '1795250474075000044',
      '1795250474075000088',
    ])
    expect(server.entries[0]).toMatchObject({
      labels: { service: 'shop', host: 'web-1' },
      metadata: { detected_level: 'info' },
    })
    expect(server.requests[0]?.headers['x-scope-orgid']).toBe('shop')
  })

  test('should get all others once, when it refuses one entry of a request and takes the rest', async () => {
    const { server, log, progress, ship } = await scene('loki', new LokiServer())
    write(log, 7)
    log.append('{"level":30,"time":1795250470000,"msg":"too old"}')
    write(log, 8)
    server.refuses = 'too old'

    await ship()

    expect(server.entries).toHaveLength(15)
    expect(server.ignored).toBeGreaterThan(0)
    expect(progress.progress?.refused).toBe(1)
  })
})

describe('Elasticsearch', () => {
  test('should have each document in the index of its day, with its fields', async () => {
    const { server, log, ship } = await scene('elastic', new ElasticServer(), { service: 'Shop' })
    log.append(
      '{"level":30,"time":"2026-11-29T23:59:59.999Z","msg":"a"}',
      '{"level":30,"time":1796083200000,"msg":"b"}',
      'c',
    )

    await ship({ index: 'logs-{service}-{day}' })

    expect(server.mistakes).toEqual([])
    const documents = [...server.documents.values()]
    expect(documents.map(({ index }) => index)).toEqual([
      'logs-shop-2026.11.29',
      'logs-shop-2026.12.01',
      'logs-shop-2026.12.01',
    ])
    expect(documents[0]?.source).toEqual({
      '@timestamp': '2026-11-29T23:59:59.999Z',
      level: 30,
      time: '2026-11-29T23:59:59.999Z',
      msg: 'a',
    })
    expect(documents[2]?.source).toMatchObject({ message: 'c' })
  })

  test('should refuse some records of a batch, and get all others', async () => {
    const { server, log, progress, ship } = await scene('elastic', new ElasticServer())
    write(log, 10)
    server.refuses = ({ n }) => (n === 3 || n === 4 ? 400 : undefined)

    const { events } = await ship()

    expect(server.documents.size).toBe(8)
    expect(events.map((event) => event.type === 'refused' && event.batch.bytes.toString())).toEqual(
      linesOf(log)
        .slice(3, 5)
        .map((line) => `${line}\n`),
    )
    expect(progress.progress).toMatchObject({ refused: 2, position: log.bytes.length })
  })

  test('should be sent a batch again, and store it once, when it took only a part of it', async () => {
    const { server, log, ship } = await scene('elastic', new ElasticServer())
    write(log, 10)
    let busy = 3
    server.refuses = ({ n }) => (n === 7 && busy-- > 0 ? 429 : undefined)

    const { events } = await ship()

    const stored = new Set(Array.from(server.documents.values(), ({ source }) => source['n']))
    expect(stored).toEqual(new Set(Array.from({ length: 10 }, (_, n) => n)))
    expect(server.conflicts).toBe(27)
    expect(typesOf(events)).toEqual(['trouble', 'recovered'])
  })

  test('should stop, and give up ten records at most, when it refuses all of them', async () => {
    const { server, log, progress } = await scene('elastic', new ElasticServer())
    write(log, 40)
    server.refuses = () => 400
    const over = new AbortController()
    const open = opener('elastic', {}, { url: server.url })
    const { shipper, events } = testShipper(log, open, progress, { pause: async () => over.abort() })

    await shipper.run(over.signal)

    expect(progress.progress?.refused).toBe(10)
    expect(events.at(-1)).toMatchObject({ type: 'trouble', error: { code: 'FUNNEL_SHIP_REFUSED' } })
  })
})

describe('the options of an HTTP engine', () => {
  test.each([
    ['a password in the address', { url: 'https://a:geheim@logs.example' }, /options\.url'/],
    ['another protocol', { url: 'ftp://logs.example' }, /options\.url'/],
    ['a token that is written down', { token: 'geheim' }, /options\.token'/],
    ['a header that sounds secret', { headers: { 'x-api-key': 'geheim' } }, /options\.headers\.x-api-key'/],
    ['an unknown one', { retries: 3 }, /options\.retries'/],
  ])('should be refused, and the secret not shown, for %s', (_, options, message) => {
    for (const to of Object.keys(KINDS)) {
      expect(() => opener(to, {}, options)).toThrow(message)
      expect(() => opener(to, {}, options)).not.toThrow('geheim')
    }
  })
})
