import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { gzipSync } from 'node:zlib'
import { BEGIN, logWith, noticeAt, recordOf } from './log-lines.test-kit.ts'
import { readTimeline } from './read-timeline.ts'
import { MOST_BUCKETS } from './time-axis.ts'

const worker = { worker: 9145, thread: 0, program: 'server.js' }
const place = { ...worker, pool: 'cluster', slot: 3 }

function totals(lanes: readonly { readonly name: string; readonly records: number }[]): Record<string, number> {
  return Object.fromEntries(lanes.map(({ name, records }) => [name, records]))
}

describe('a timeline', () => {
  test('should count the records of each worker over time, in rotated and compressed files too', async () => {
    const log = logWith({
      'app.1.log': [recordOf(9145, 0), recordOf(9145, 10)],
      'app.2.log': [recordOf(9146, 20), recordOf(9145, 30)],
      'app.log': [recordOf(9146, 40)],
    })
    const oldest = log.replace('app.log', 'app.1.log')
    writeFileSync(`${oldest}.gz`, gzipSync(readFileSync(oldest)))
    rmSync(oldest)

    const { from, to, width, records, counts, lanes, rotations, gaps } = await readTimeline(log)

    expect(gaps).toEqual([])
    expect(records).toBe(5)
    expect(totals(lanes)).toEqual({ '9145': 3, '9146': 2 })
    expect(counts).toHaveLength((to - from) / width)
    expect(counts.length).toBeLessThanOrEqual(MOST_BUCKETS)
    expect(counts[Math.floor((BEGIN + 20_000 - from) / width)]).toBe(1)
    expect(rotations.map(({ text, at }) => [text, at - BEGIN])).toEqual([
      ['rotated to app.1.log.gz', 10_000],
      ['rotated to app.2.log', 30_000],
    ])
  })

  test('should show in one lane a place of a pool, and what became of its workers', async () => {
    const former = { ...place, signal: 'SIGKILL', code: null, error: null }
    const log = logWith({
      'app.log': [
        recordOf(9145, 0),
        noticeAt(1, { event: 'joined', ...place, since: BEGIN }),
        recordOf(9145, 2),
        noticeAt(5, { event: 'died', ...former, drained: 0, records: 2, last: BEGIN }),
        noticeAt(6, { event: 'replaced', ...place, worker: 10_594, former, records: 0 }),
        recordOf(10_594, 7),
      ],
    })

    const { lanes, events } = await readTimeline(log)

    expect(lanes).toMatchObject([
      { name: 'cluster 3', records: 3, program: 'server.js', workers: ['9145', '10594'], spans: [] },
    ])
    expect(events.map(({ lane, text, at }) => [lane, text, at - BEGIN])).toEqual([
      ['cluster 3', '9145 joined', 1000],
      ['cluster 3', '9145 died: killed by SIGKILL', 5000],
      ['cluster 3', '10594 took the place of 9145 (killed by SIGKILL)', 6000],
    ])
  })

  test('should follow a worker that is replaced where its pool gives no numbers', async () => {
    const former = { ...worker, pool: 'piscina', signal: null, code: 3, error: null }
    const log = logWith({
      'app.log': [
        recordOf(9145, 0),
        recordOf(9146, 0),
        recordOf(10_594, 1),
        noticeAt(2, { event: 'replaced', ...worker, worker: 10_594, former, records: 1 }),
        recordOf(10_594, 3),
      ],
    })

    expect((await readTimeline(log)).lanes).toMatchObject([
      { name: '9146', records: 1 },
      { name: '10594', records: 3, workers: ['9145', '10594'] },
    ])
  })

  test('should not join two places whose workers had the same pid one after the other', async () => {
    const log = logWith({
      'app.log': [3, 5, 5].map((slot, second) => recordOf(9145, second, { pool: 'cluster', slot, thread: 0 })),
    })
    expect(totals((await readTimeline(log)).lanes)).toEqual({ 'cluster 3': 1, 'cluster 5': 2 })
  })

  test('should show for how long a worker stood still, and whether it still does', async () => {
    const stalled = { event: 'stalled', ...worker, state: 'busy', since: BEGIN, ms: 1000, records: 1, last: BEGIN }
    const log = logWith({
      'app.log': [
        recordOf(9145, 0),
        noticeAt(2, stalled),
        noticeAt(5, { event: 'resumed', ...worker, after: 'stalled', since: BEGIN + 1000, ms: 4000 }),
        noticeAt(7, { event: 'stopped', ...worker, since: BEGIN + 7000, records: 1, last: BEGIN }),
        noticeAt(9, { event: 'died', ...worker, signal: 'SIGKILL', code: null, error: null, drained: 0 }),
        noticeAt(11, { ...stalled, worker: 9146, since: BEGIN + 10_000 }),
        recordOf(9147, 20),
      ],
    })

    const { lanes, to } = await readTimeline(log)

    expect(lanes.find(({ name }) => name === '9145')?.spans).toEqual([
      { state: 'stalled', from: BEGIN + 1000, to: BEGIN + 5000, isOpen: false },
      { state: 'stopped', from: BEGIN + 7000, to: BEGIN + 9000, isOpen: true },
    ])
    expect(lanes.find(({ name }) => name === '9146')?.spans).toEqual([
      { state: 'stalled', from: BEGIN + 10_000, to, isOpen: true },
    ])
  })

  test('should show when the listener changed, as far as the log says it', async () => {
    const left = { event: 'left', ...worker, how: 'unknown', signal: null, records: 1, last: BEGIN }
    const log = logWith({
      'app.log': [
        noticeAt(1, left, 777),
        noticeAt(2, { event: 'dropped', ...worker, count: 47, causes: { 'mailbox full': 47 } }, 9145),
        noticeAt(3, { event: 'recovered', mailboxes: 2, bytes: 120 }, 888),
        noticeAt(4, { event: 'listener', listener: 999, epoch: 3, former: { listener: 888 }, how: 'lost' }, 999),
      ],
    })

    const { listeners, lanes } = await readTimeline(log)

    expect(listeners.map(({ text }) => text)).toEqual([
      'listener 888 after 777',
      'the listener wrote records that 2 dead workers had left; the one before it was killed',
      'listener 999 after 888, which was killed, or crashed',
    ])
    expect(lanes[0]?.marks.map(({ text }) => text)).toContain('9145 47 records DROPPED: mailbox full')
  })

  test('should count what has no place in it: other lines, and records without a time', async () => {
    const log = logWith({
      'app.log': [
        recordOf(9145, 0),
        'Error: at the end',
        '{"level":30,"msg":"neither time nor pid"}',
        '{"level":30,"time":0,"pid":9145,"msg":"a clock that was never set"}',
        JSON.stringify({ time: new Date(BEGIN + 1000).toISOString(), pid: 9145 }),
        `{"err":{"time":1,"pid":2},"time":${BEGIN + 2000},"pid":9145}`,
      ],
    })

    const timeline = await readTimeline(log)

    expect(timeline).toMatchObject({ records: 3, otherLines: 1, untimed: 2 })
    expect(totals(timeline.lanes)).toEqual({ '9145': 3 })
  })

  test('should leave out what is before or after the wanted time', async () => {
    const log = logWith({ 'app.log': [0, 10, 20, 30].map((seconds) => recordOf(9145, seconds)) })
    const { records } = await readTimeline(log, { since: BEGIN + 10_000, until: BEGIN + 20_000 })
    expect(records).toBe(2)
  })

  test('should keep its bounds when there are more workers and events than it keeps', async () => {
    const died = { event: 'died', signal: 'SIGKILL', code: null, error: null }
    const lines = Array.from({ length: 11_000 }, (_, index) => [
      recordOf(100_000 + index, index),
      noticeAt(index, { ...worker, worker: 100_000 + index, ...died }),
    ])
    const { lanes, events, olderEvents, records } = await readTimeline(logWith({ 'app.log': lines.flat() }))

    expect(records).toBe(11_000)
    expect(lanes).toHaveLength(1001)
    expect(lanes.find(({ name }) => name === 'other workers')?.records).toBe(10_000)
    expect(olderEvents + events.length).toBe(11_000)
    expect(events.length).toBeLessThan(10_000)
  })

  test('should take no field of a forged notice for what it is not', async () => {
    const log = logWith({
      'app.log': [
        noticeAt(0, { event: 'died', worker: 'x', signal: {} }),
        noticeAt(0, { event: 'constructor', worker: 1 }),
        noticeAt(0, { event: 'replaced', worker: 1, former: { worker: null }, program: 7 }),
        noticeAt(0, { event: 'removed', files: 'none' }),
        noticeAt(0, { event: 'resumed', worker: 1, after: 'stalled', since: '0', ms: 1 }),
        noticeAt(0, { event: 'dropped', worker: 1, count: { a: 1 }, causes: 7 }),
      ],
    })
    expect((await readTimeline(log)).events.map(({ text }) => text)).toEqual([
      '1 took the place of null (killed, or crashed)',
      'some rotated files deleted',
      '1 resumed after it was stalled for 1 ms',
      '1 {"a":1} records DROPPED: unknown',
    ])
  })
})
