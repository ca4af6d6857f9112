/**
 * Engines with an HTTP interface, each with a server that stands in for it: OTLP, Loki, Elasticsearch. The real ones were
 * not run.
 */
import { describe, expect, test } from 'vitest'
import { ElasticServer } from './kit/elastic-server.ts'
import { idsOf, opener, scene, write } from './kit/http-scene.ts'
import type { FakeServer, Mishap } from './kit/http-server.ts'
import { LokiServer } from './kit/loki-server.ts'
import { OtlpServer } from './kit/otlp-server.ts'
import { typesOf } from './kit/test-shipper.ts'

/** A request that is not answered costs a test that long. One that is answered may, too, on a busy machine. */
const SHORT_TIMEOUT_MS = 500

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

  test('should get each record, and the same ones again with equal ids, when its answer is late or lost', async () => {
    const { server, log, ship } = await open()
    write(log, 50)
    server.meets(...STORED, 'answers never')

    await ship({ timeout: SHORT_TIMEOUT_MS })

    // All but one were stored. A busy machine may take longer for an answer than the shipper waits, and cause more.
    const stored = server.requests.length - 1
    expect(stored).toBeGreaterThan(STORED.length)
    expect(idsIn(server)).toEqual(Array.from({ length: isIdempotent ? 1 : stored }, () => idsOf(log)).flat())
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
