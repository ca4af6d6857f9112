import { ratesBetween, type MailboxReport, type StatusReport } from '@pino-funnel/observe'
import { describe, expect, test } from 'vitest'
import { statusText, type StatusView } from './status-text.ts'

const NOW = 1_795_250_769_000

function worker(pid: number, given: Partial<MailboxReport> = {}): MailboxReport {
  return {
    id: String(pid).padStart(32, '0'),
    file: 'app.log',
    pid,
    threadId: 0,
    program: 'server.js',
    pool: 'cluster',
    slot: pid % 100,
    since: NOW - 60_000,
    form: 'mapped',
    liveness: 'connected',
    activity: { state: 'running', since: null },
    position: { sequence: 1, offset: 0 },
    bytes: 0,
    records: 1000,
    last: NOW - 10,
    level: null,
    waiting: 0,
    waitingRecords: 0,
    ...given,
  }
}

function report(mailboxes: readonly MailboxReport[], given: Partial<StatusReport> = {}): StatusReport {
  return {
    channel: '/srv/shop/logs/.pino-funnel',
    logDirectory: '/srv/shop/logs',
    listener: {
      answers: true,
      pid: 14_994,
      epoch: 3,
      since: NOW - 11_520_000,
      version: '0.1.0',
      isAfterCrash: false,
      memory: 54e6,
      files: [
        { file: 'app.log', bytes: 5.4e9, records: 18_203_140, sinks: [], shippers: [], rotations: 42, trouble: null },
        { file: 'audit.log', bytes: 870, records: 1, sinks: [], shippers: [], rotations: 0, trouble: null },
      ],
    },
    mailboxes,
    damaged: [],
    holds: [],
    shippers: [],
    mapping: null,
    ...given,
  }
}

const PLAIN: StatusView = { now: NOW, rates: undefined, events: [], all: false, hasColors: false }

function lines(given: StatusReport, view: Partial<StatusView> = {}): string[] {
  return statusText(given, { ...PLAIN, ...view }).split('\n')
}

describe('the text of a status', () => {
  test('should let no name and no error control the terminal', () => {
    const evil = 'a\u001B[2J.js'
    const sink = {
      sink: evil,
      pid: 1,
      state: 'hung',
      delivered: 0,
      dropped: 0,
      unconfirmed: 0,
      waiting: 0,
      restarts: 1,
      lastError: evil,
    } as const
    const given = report([worker(9101, { program: evil, pool: evil })], {
      damaged: [{ id: '1', error: evil }],
      holds: [{ hold: evil, file: evil, unread: 9, budget: 1, at: NOW }],
    })
    const listener = given.listener?.answers ? given.listener : undefined
    const files = [{ ...listener!.files[0]!, file: evil, trouble: evil, sinks: [sink] }]
    const text = statusText({ ...given, listener: { ...listener!, version: evil, files } }, PLAIN)
    expect(text).not.toContain('\u001B')
    expect(text.split('\\u001b[2J').length).toBeGreaterThan(8)
  })

  test('should have sizes, rates and ages in aligned columns, grouped by log file', () => {
    const later = report([
      worker(9145, { records: 1500, waiting: 3000 }),
      worker(9160, { file: 'audit.log', last: null }),
    ])
    const earlier = report([worker(9145)])

    expect(lines(later, { rates: ratesBetween(earlier, later, 0.5) })).toEqual([
      '/srv/shop/logs  2 workers, all well',
      'listener  pid 14994, epoch 3, up 3 h 12 min, 54 MB, version 0.1.0',
      '',
      'app.log  0 rec/s  0 B/s  18,203,140 records, 5.4 GB, 42 rotations by this listener',
      '  WORKER           PROGRAM    STATE    REC/S  RECORDS  LAST   WAITS',
      '  9145 cluster 45  server.js  running  1,000    1,500   now  3.0 kB',
      '',
      'audit.log  0 rec/s  0 B/s  1 record, 870 B by this listener',
      '  WORKER           PROGRAM    STATE    REC/S  RECORDS  LAST  WAITS',
      '  9160 cluster 60  server.js  running      -    1,000     -      -',
    ])
  })

  test('should be short for 500 workers, with those in trouble first, unless all are asked for', () => {
    const troubled = [
      worker(9999, { activity: { state: 'stalled', since: NOW - 3100 } }),
      worker(9998, { activity: { state: 'stopped', since: NOW - 60_000 } }),
      worker(9997, { liveness: 'dead', activity: null, waiting: 12 }),
    ]
    const all = report([...Array.from({ length: 497 }, (_, index) => worker(1000 + index)), ...troubled])

    const short = lines(all)

    expect(short[0]).toBe('/srv/shop/logs  1 dead, 1 stopped, 1 stalled of 500 workers; see doctor')
    const table = short.slice(short.findIndex((line) => line.includes('WORKER')) + 1)
    expect(table.slice(0, 3).map((line) => line.replaceAll(/ {2,}/g, '|'))).toEqual([
      '|9997 cluster 97|server.js|dead|-|1,000|now|12 B',
      '|9998 cluster 98|server.js|stopped 1 min|-|1,000|now|-',
      '|9999 cluster 99|server.js|stalled 3.1 s|-|1,000|now|-',
    ])
    expect(short).toContain('  and 490 more (--all), 490 running')
    expect(short.length).toBeLessThan(24)
    expect(Math.max(...short.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(lines(all, { all: true })).toHaveLength(507)
  })

  test('should name a listener that does not answer, a trouble, a sink and a damaged mailbox at the top', () => {
    const silent = report([worker(9145, { liveness: 'unknown', activity: null })], {
      listener: { pid: 14_994, epoch: 3, answers: false },
      damaged: [{ id: 'abc', error: 'The header is cut.' }],
    })
    expect(lines(silent).slice(0, 3)).toEqual([
      '/srv/shop/logs  1 damaged mailbox; the listener does not answer; see doctor',
      'listener  pid 14994, epoch 3: alive, but DOES NOT ANSWER (stopped, or its disk hangs)',
      'mailbox abc is damaged, and left alone: The header is cut.',
    ])
    const sink = { sink: 'pino-loki', pid: 1, delivered: 12_000, unconfirmed: 0, waiting: 0 }
    const failing = { ...sink, state: 'restarting', dropped: 7, restarts: 2, lastError: 'ECONNREFUSED\n' } as const
    const file = {
      file: 'app.log',
      bytes: 0,
      records: 0,
      rotations: 0,
      trouble: 'ENOSPC',
      sinks: [failing],
      shippers: [],
    }
    const troubled = report([], {
      listener: {
        answers: true,
        pid: 1,
        epoch: 1,
        since: NOW,
        version: '0.1.0',
        isAfterCrash: false,
        memory: 0,
        files: [file],
      },
    })
    expect(lines(troubled)).toEqual([
      '/srv/shop/logs  trouble with app.log; sink pino-loki restarting; see doctor',
      'listener  pid 1, epoch 1, up 0 ms, 0 B, version 0.1.0',
      '',
      'app.log  0 records, 0 B by this listener',
      '  TROUBLE  ENOSPC',
      String.raw`  sink pino-loki: restarting, 12,000 records delivered, 7 DROPPED, 2 restarts, the last because of: ECONNREFUSED\n`,
    ])
  })

  test('should have colors only where the terminal has them', () => {
    const one = report([worker(9145, { activity: { state: 'stalled', since: NOW - 3100 } })])
    expect(statusText(one, PLAIN)).not.toContain('\u001B')
    expect(statusText(one, { ...PLAIN, hasColors: true })).toContain('\u001B[33m\u001B[1mstalled 3.1 s')
  })

  test('should give no rate when another listener has counted', () => {
    const before = report([worker(9145)])
    const { listener } = before
    const after = report([worker(9145)], { listener: { ...listener, epoch: 4 } as StatusReport['listener'] })
    expect(ratesBetween(before, after, 1)).toBe(undefined)
  })
})
