import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { textWidth } from '../words/text-width.ts'
import { NOTHING_CHOSEN, picture, type Choice } from './picture.ts'
import { NOW, sampled, worker } from './sampled.test-kit.ts'
import type { Sampled } from './sampler.ts'
import { sparkline } from './sparkline.ts'

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

  test('should have the keys that the docs have', () => {
    const keys = picture(sampled([worker(7)]), NOTHING_CHOSEN, SIZE, false)[2]
    const docs = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')
    expect(docs.split('\n')).toContain(keys)
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
      age: null,
      records: 7,
      trouble: null,
      refused: 0,
      lost: 0,
    } as const
    const rows = picture({ ...given, status: { ...given.status, shippers: [shipper] } }, CHOICE, SIZE, false)
    expect(rows.join('\n')).toContain('shipper nats of tenant-7.log shipping  181 kB, 400 ms behind')
  })

  test('should name drops, stalls, the delay and the level in force', () => {
    const level = { loggers: 1, level: 'debug', until: NOW + 1000, error: null }
    const rows = picture(sampled([worker(7), worker(8, { level })]), CHOICE, { columns: 120, rows: 24 }, false).join(
      '\n',
    )

    expect(rows).toMatch(/^>7 .* 47 DROPPED {2}server.js$/m)
    expect(rows).toMatch(/^ 8 .* 3 stalls {2}debug until \d\d:\d\d:\d\d {2}server.js$/m)
    expect(rows).toContain('delay < 100 ms')
  })
})

describe('a picture of names that anyone may have chosen', () => {
  const names = ['\u001B[2J\u009B31m', '\u202Egnp.exe', '注文処理サービス', '🚚👩‍🚒 mail', 'x'.repeat(3000), 'a\nb\tc']
  const hostile = names.map((name, index) => worker(index + 7, { program: name, pool: name, slot: index }))

  test.each([
    [80, 24],
    [1000, 60],
    [20, 12],
    [1, 1],
  ])('should have no control character and no line that is too wide, on %d by %d', (columns, rows) => {
    const lines = picture(sampled(hostile, ['app.log', names[0]!], 'app.log'), CHOICE, { columns, rows }, false)
    expect(lines).toHaveLength(rows)
    expect(Math.max(...lines.map((line) => textWidth(line)))).toBeLessThanOrEqual(columns)
    expect(lines.join('')).not.toMatch(/[\p{Cc}\u202A-\u202E]/u)
  })

  test('should keep its columns straight', () => {
    const lines = picture(sampled(hostile), CHOICE, { columns: 80, rows: 24 }, false)
    const ofWorkers = lines.filter((line) => line.includes('running'))
    expect(ofWorkers).toHaveLength(names.length)
    expect(new Set(ofWorkers.map((line) => textWidth(line.slice(0, line.indexOf('running')))))).toEqual(new Set([18]))
  })
})

describe('the first line of a picture', () => {
  const lineOf = (given: Sampled, columns: number): string | undefined =>
    picture(given, CHOICE, { columns, rows: 24 }, false)[0]

  test('should have the verdict of status, and the end of a long path', () => {
    const long = '/srv/tenants/a-very-long-name-of-a-tenant/shop/logs'
    const given = sampled([worker(7), worker(8, { liveness: 'dead' })], ['app.log'], 'app.log')
    const status = { ...given.status, logDirectory: long }
    expect(lineOf({ ...given, status }, 80)).toMatch(
      /^….*shop\/logs {2}\d\d:\d\d:\d\d UTC[+-]\d\d:\d\d {2}1 dead of 2 workers; trouble with app\.log$/,
    )
    expect(lineOf(sampled([worker(7)]), 80)).toMatch(/^\/srv\/shop\/logs {2}.* {2}1 worker, all well$/)
    expect(lineOf(sampled([]), 80)).toMatch(/no worker logs$/)
  })
})

test('a sparkline should have a column for five seconds', () => {
  expect(sparkline([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0])).toBe(' ▂█')
})
