/** What each engine with an HTTP interface has of a record, and what becomes of one that it refuses; with servers that stand in. */
import { describe, expect, test } from 'vitest'
import { ElasticServer } from './kit/elastic-server.ts'
import { linesOf, opener, scene, write } from './kit/http-scene.ts'
import { LokiServer } from './kit/loki-server.ts'
import { OtlpServer } from './kit/otlp-server.ts'
import { testShipper, typesOf } from './kit/test-shipper.ts'

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

  test('should give up nothing when its index takes nothing, or the right is missing', async () => {
    const { server, log, progress, ship } = await scene('elastic', new ElasticServer())
    write(log, 10)
    const answers = [403, 404, 401]
    server.refuses = ({ n }) => (n === 0 ? answers.shift() : undefined)

    const { events } = await ship()

    expect(server.documents.size).toBe(10)
    expect(progress.progress).toMatchObject({ refused: 0, position: log.bytes.length })
    expect(typesOf(events)).toEqual(['trouble', 'trouble', 'trouble', 'recovered'])
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
