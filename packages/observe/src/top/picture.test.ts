import { describe, expect, test } from 'vitest'
import type { MailboxReport } from '../live/stored-mailboxes.ts'
import type { StatusReport } from '../live/status-report.ts'
import { NOTHING_CHOSEN, picture, type Choice } from './picture.ts'
import type { Sampled } from './sampler.ts'
import { sparkline } from './sparkline.ts'

const NOW = 1_795_250_769_000

function worker(pid: number, given: Partial<MailboxReport> = {}): MailboxReport {
  return {
    id: `mailbox of ${pid}`,
    file: 'app.log',
    pid,
    threadId: 0,
    program: 'server.js',
    pool: null,
    slot: null,
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

function sampled(mailboxes: readonly MailboxReport[], files: readonly string[] = ['app.log'], trouble = ''): Sampled {
  const status: StatusReport = {
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
      files: files.map((file) => {
        return {
          file,
          bytes: 1,
          records: 1,
          sinks: [],
          shippers: [],
          rotations: 0,
          trouble: file === trouble ? 'ENOSPC' : null,
        }
      }),
    },
    mailboxes,
    damaged: [],
    holds: [],
    shippers: [],
    mapping: null,
  }
  return {
    status,
    now: NOW,
    rates: undefined,
    history: () => [],
    levels: () => '',
    delay: () => '< 100 ms',
    lag: () => 400,
    dropped: ({ pid }) => (pid === 7 ? 47 : 0),
    events: [],
    records: () => Array.from({ length: 100 }, (_, index) => `record ${index}`),
  }
}

const CHOICE: Choice = { ...NOTHING_CHOSEN, sort: 'worker' }
const SIZE = { columns: 100, rows: 24 }

describe('the picture of top', () => {
  test('should have room for workers when there are many log files, and show the one in trouble', () => {
    const files = Array.from({ length: 60 }, (_, index) => `tenant-${index}.log`)
    const rows = picture(sampled([worker(7), worker(8)], files, 'tenant-59.log'), CHOICE, SIZE, false)

    expect(rows).toHaveLength(24)
    expect(rows.filter((row) => row.startsWith('tenant-'))).toHaveLength(7)
    expect(rows.join('\n')).toMatch(/tenant-59.log .*TROUBLE ENOSPC/)
    expect(rows.join('\n')).toContain('and 53 lines more about files and sinks: status')
    expect(rows.filter((row) => row.includes('running'))).toHaveLength(2)
  })

  test('should keep a worker marked when others come and go, and mark the first one when it has gone', () => {
    const choice = { ...CHOICE, selected: 'mailbox of 9' }
    const marked = (...pids: number[]): string[] =>
      picture(sampled(pids.map((pid) => worker(pid))), choice, SIZE, false).filter((row) => row.startsWith('>'))

    expect(marked(7, 8, 9)[0]).toMatch(/^>9 /)
    expect(marked(2, 3, 4, 9)[0]).toMatch(/^>9 /)
    expect(marked(7, 8)[0]).toMatch(/^>7 /)
  })

  test('should leave the workers their rows when the records of one are shown', () => {
    const choice = { ...CHOICE, followed: 'mailbox of 7' }
    const workers = Array.from({ length: 30 }, (_, index) => worker(index + 7))
    const rows = picture(sampled(workers), choice, SIZE, false)

    expect(rows.filter((row) => row.startsWith('record '))).toHaveLength(8)
    expect(rows.at(-1)).toBe('record 99')
    expect(rows.filter((row) => row.includes('running')).length).toBeGreaterThan(5)
  })

  test('should show the level that is typed, for whom, and then what became of it, in place of the keys', () => {
    const lineOf = (choice: Partial<Choice>): string => {
      const rows = picture(sampled([worker(7), worker(8)]), { ...CHOICE, ...choice }, { columns: 80, rows: 24 }, false)
      expect(rows).toHaveLength(24)
      return rows[2] ?? ''
    }
    expect(lineOf({})).toMatch(/^q quit .* l level .* by worker$/)
    expect(lineOf({ typing: 'level', level: 'debug 5', levelFor: worker(8) })).toContain('level for 8: debug 5_')
    expect(lineOf({ typing: 'level', level: '' })).toContain('level for all workers: _')
    expect(lineOf({ answer: 'debug for 1 worker (8) until 14:56:03.' })).toBe('debug for 1 worker (8) until 14:56:03.')
  })

  test('should have shippers with what they are behind in view, also beside many log files', () => {
    const files = Array.from({ length: 60 }, (_, index) => `tenant-${index}.log`)
    const given = sampled([worker(7)], files)
    const shipper = {
      ship: 'nats',
      file: 'tenant-7.log',
      state: 'shipping',
      pid: 1,
      position: 1,
      unshipped: 181_000,
      records: 7,
      trouble: null,
      refused: 0,
      lost: 0,
    } as const
    const rows = picture({ ...given, status: { ...given.status, shippers: [shipper] } }, CHOICE, SIZE, false)
    expect(rows.join('\n')).toContain('shipper nats of tenant-7.log shipping  181 kB, 400 ms behind')
  })

  test('should name drops, the delay and the level in force', () => {
    const level = { loggers: 1, level: 'debug', until: NOW + 1000, error: null }
    const rows = picture(sampled([worker(7), worker(8, { level })]), CHOICE, SIZE, false).join('\n')

    expect(rows).toMatch(/^>7 .* 47 DROPPED {2}server.js$/m)
    expect(rows).toMatch(/^ 8 .* debug until \d\d:\d\d:\d\d {2}server.js$/m)
    expect(rows).toContain('delay < 100 ms')
  })
})

test('a sparkline should have a column for five seconds', () => {
  expect(sparkline([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0])).toBe(' ▂█')
})
