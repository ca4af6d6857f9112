import type { FileContent } from '@pino-funnel/ledger'
import { describe, expect, test } from 'vitest'
import { Filter, type FilterValues } from './filter.ts'
import { parseTime } from '../access/time-option.ts'

const NOW = new Date('2026-11-21T14:46:00').getTime()

const records = {
  info: { level: 30, time: NOW - 5000, pid: 9145, req: { id: 42, method: 'GET' }, msg: 'hello' },
  warn: { level: 40, time: NOW - 100_000, pid: 9146, thread: 2, pool: 'cluster', slot: 3, msg: 'a "quoted" text' },
  died: { level: 40, time: NOW, pid: 1, funnel: { event: 'died', worker: 9145, thread: 0, pool: 'cluster', slot: 4 } },
}

/** Of a file that is worth reading for what it has itself only. */
const CONTENT: FileContent = { first: NOW, last: NOW, untimed: 0, levels: { 30: 1 } }

function wanted(values: FilterValues): string[] {
  const filter = new Filter(values, NOW)
  return Object.entries(records).flatMap(([name, record]) => {
    const line = Buffer.from(JSON.stringify(record))
    return filter.matches(line) ? [name] : []
  })
}

function matches(filter: Filter, record: object): boolean {
  return filter.matches(Buffer.from(JSON.stringify(record)))
}

describe('Filter', () => {
  test('should search for the longest text that each wanted line has', () => {
    expect(new Filter({ grep: ['GET', 'hello'], where: ['req.id=42'] }, NOW).needle?.toString()).toBe('hello')
    expect(new Filter({ where: ['req.id=42.0', 'msg=a "quoted" text'], level: 'warn' }, NOW).needle).toBeUndefined()
  })

  test.each<[FilterValues, string[]]>([
    [{}, ['info', 'warn', 'died']],
    [{ level: 'warn' }, ['warn', 'died']],
    [{ level: '35' }, ['warn', 'died']],
    [{ worker: '9145' }, ['info', 'died']],
    [{ worker: '9146-2' }, ['warn']],
    [{ worker: 'cluster:3' }, ['warn']],
    [{ where: ['req.id=42'] }, ['info']],
    [{ where: ['req.id=42.0'] }, ['info']],
    [{ where: ['req.id!=42'] }, ['warn', 'died']],
    [{ where: ['req.id>41', 'req.id<=42'] }, ['info']],
    [{ where: ['req.id<42'] }, []],
    [{ where: ['msg~^he.+o$'] }, ['info']],
    [{ where: ['msg=a "quoted" text'] }, ['warn']],
    [{ where: ['funnel.event=died'] }, ['died']],
    [{ grep: ['hello', 'GET'] }, ['info']],
    [{ since: '1m' }, ['info', 'died']],
    [{ since: '1h', until: '1m' }, ['warn']],
    [{ since: 'today', until: '14:45' }, ['warn']],
  ])('should want with %j', (values, names) => {
    expect(wanted(values)).toEqual(names)
  })

  test('should know the worker of a slot from its lifecycle records', () => {
    const filter = new Filter({ worker: 'cluster:4' }, NOW)

    expect(filter.matches(Buffer.from(JSON.stringify(records.info)))).toBe(false)
    expect(filter.matches(Buffer.from(JSON.stringify(records.died)))).toBe(true)
    expect(filter.matches(Buffer.from(JSON.stringify(records.info)))).toBe(true)
  })

  test('should learn from records that another condition does not want', () => {
    const filter = new Filter({ worker: 'cluster:4', grep: ['hello'], level: '30', since: '1s' }, NOW + 5000)

    expect(matches(filter, { ...records.died, level: 20, time: NOW - 90_000 })).toBe(false)
    expect(matches(filter, { ...records.info, time: NOW + 5000 })).toBe(true)
    expect(filter.needle).toBeUndefined()
    expect(filter.wantsFile({ modified: 0, content: undefined, next: undefined })).toBe(true)
  })

  test.each<[string, FilterValues, Partial<FileContent>, boolean]>([
    ['has a level above', { level: 'warn' }, { levels: { 30: 5, 50: 1 } }, true],
    ['has lower levels only', { level: 'warn' }, { levels: { 20: 1, 30: 5 } }, false],
    ['has lines of no known level', { level: 'warn' }, { levels: { 30: 5, other: 1 } }, true],
    ['has lower levels only, in the time', { level: 'warn', since: '10s' }, { levels: { 30: 5 } }, false],
    ['ends before', { since: '10s' }, { first: NOW - 50_000, last: NOW - 20_000 }, false],
    ['reaches into the time', { since: '10s' }, { first: NOW - 50_000, last: NOW - 5000 }, true],
    ['begins after', { until: '10s' }, { first: NOW - 5000, last: NOW }, false],
    ['has lines without a time', { until: '10s' }, { first: NOW - 5000, last: NOW, untimed: 1 }, true],
    ['may have what a slot is known by', { level: 'warn', worker: 'cluster:3' }, { levels: { 30: 5 } }, true],
  ])('should say whether a file is worth reading that %s', (_, values, content, expected) => {
    const whole = { ...CONTENT, ...content }
    expect(new Filter(values, NOW).wantsFile({ modified: NOW, content: whole, next: CONTENT })).toBe(expected)
  })

  test.each<[string, Partial<FileContent> | undefined]>([
    ['is the live one', undefined],
    ['has lines without a time', { untimed: 1 }],
    ['has no record with a time', { first: null, last: null }],
  ])('should read the record that may decide about the first lines of the next file, which %s', (_, next) => {
    const filter = new Filter({ level: 'warn', since: '10s' }, NOW)
    const file = { modified: NOW, content: CONTENT, next: next && { ...CONTENT, ...next } }
    expect(filter.wantsFile(file)).toBe(true)
  })

  test('should not take the slot of a thread for that of its process', () => {
    const filter = new Filter({ worker: 'cluster:3' }, NOW)

    expect(matches(filter, records.warn)).toBe(true)
    expect(matches(filter, { ...records.info, pid: records.warn.pid })).toBe(false)
  })

  test('should show a line that is not a record, unless a field is asked for', () => {
    const line = Buffer.from('    at main.js:1')

    expect(new Filter({ level: 'fatal', grep: ['main'] }, NOW).matches(line)).toBe(true)
    expect(new Filter({ where: ['msg~main'] }, NOW).matches(line)).toBe(false)
  })

  test('should want a line without a time together with the line before it', () => {
    const filter = new Filter({ since: '1m' }, NOW)
    const stack = Buffer.from('    at main.js:1')

    expect(filter.matches(Buffer.from(JSON.stringify(records.warn)))).toBe(false)
    expect(filter.matches(stack)).toBe(false)
    expect(filter.matches(Buffer.from(JSON.stringify(records.info)))).toBe(true)
    expect(filter.matches(stack)).toBe(true)
  })

  test('should want a line without a time together with the line before it when that is not wanted otherwise', () => {
    const filter = new Filter({ since: '1m', grep: ['main.js'] }, NOW)

    expect(matches(filter, records.info)).toBe(false)
    expect(filter.matches(Buffer.from('    at main.js:1'))).toBe(true)
    expect(matches(filter, records.warn)).toBe(false)
    expect(filter.matches(Buffer.from('    at main.js:1'))).toBe(false)
  })

  test.each<[FilterValues, RegExp]>([
    [{ level: 'loud' }, /--level.*got 'loud'/],
    [{ worker: 'bob' }, /--worker.*got 'bob'/],
    [{ where: ['req.id'] }, /--where.*got 'req\.id'/],
    [{ where: ['msg~('] }, /--where.*got 'msg~\('/],
    [{ since: 'soon' }, /--since.*got 'soon'/],
    [{ since: '10m', until: '2h' }, /'--until' must not be before '--since'; got '10m' and '2h'/],
  ])('should refuse %j', (values, message) => {
    expect(() => new Filter(values, NOW)).toThrow(message)
  })
})

describe('parseTime', () => {
  test.each([
    ['90s', NOW - 90_000],
    ['2h', NOW - 7_200_000],
    ['yesterday', new Date('2026-11-20T00:00').getTime()],
    ['14:30', new Date('2026-11-21T14:30').getTime()],
    ['2026-11-19', new Date('2026-11-19T00:00').getTime()],
    ['2026-11-19T10:00:00Z', Date.UTC(2026, 10, 19, 10)],
    ['2026-11-19T10:00:00.5+02:00', Date.UTC(2026, 10, 19, 8, 0, 0, 500)],
    ['2026-11-19 10:00-0330', Date.UTC(2026, 10, 19, 13, 30)],
    ['2026-11-19T10:00+01', Date.UTC(2026, 10, 19, 9)],
    ['2026-11-19 10:00', new Date('2026-11-19T10:00').getTime()],
    ['1795272364000', 1_795_272_364_000],
    ['2028-02-29', new Date('2028-02-29T00:00').getTime()],
  ])('should read %s', (text, time) => {
    expect(parseTime('--since', text, NOW)).toBe(time)
  })

  test.each(['10', 'May 1', 'last 10', '2026-02-30', '2026-13-01', '2026-11-19T25:00', '14:60', '10m ago', ''])(
    'should refuse what has no certain meaning: %j',
    (text) => {
      expect(() => parseTime('--since', text, NOW)).toThrow(`got '${text}'`)
    },
  )
})
