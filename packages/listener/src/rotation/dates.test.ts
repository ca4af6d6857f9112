import type { RotationFrequency } from '@pino-funnel/channel'
import * as fc from 'fast-check'
import { describe, expect, test, onTestFinished } from 'vitest'
import { formatTime, isDate, periodStart } from './dates.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Local time is that of a place, until the test is over. */
function liveIn(zone: string): void {
  const before = process.env['TZ']
  process.env['TZ'] = zone
  onTestFinished(() => {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  })
}

/** The beginnings of periods, found by a check of each minute. */
function starts(from: string, to: string, frequency: RotationFrequency, utc = false): string[] {
  const found = new Set<number>()
  for (let time = Date.parse(from); time < Date.parse(to); time += MINUTE) found.add(periodStart(time, frequency, utc))
  return [...found].map((time) => new Date(time).toISOString().slice(0, 16))
}

describe('periods', () => {
  test('should begin at midnight of the place when they are days, also when these have 23 or 25 hours', () => {
    liveIn('Europe/Berlin')
    expect(starts('2026-03-28T00:00Z', '2026-03-31T00:00Z', 'daily')).toEqual([
      '2026-03-27T23:00',
      '2026-03-28T23:00',
      '2026-03-29T22:00',
      '2026-03-30T22:00',
    ])
    expect(starts('2026-10-24T00:00Z', '2026-10-27T00:00Z', 'daily')).toEqual([
      '2026-10-23T22:00',
      '2026-10-24T22:00',
      '2026-10-25T23:00',
      '2026-10-26T23:00',
    ])
  })

  test('should begin when the day does when it has no midnight', () => {
    liveIn('America/Sao_Paulo')
    expect(starts('2018-11-03T12:00Z', '2018-11-05T12:00Z', 'daily')).toEqual([
      '2018-11-03T03:00',
      '2018-11-04T03:00',
      '2018-11-05T02:00',
    ])
  })

  test('should begin on each hour of the place, also when it comes twice', () => {
    liveIn('Europe/Berlin')
    expect(starts('2026-10-24T23:00Z', '2026-10-25T03:00Z', 'hourly')).toEqual([
      '2026-10-24T23:00',
      '2026-10-25T00:00',
      '2026-10-25T01:00',
      '2026-10-25T02:00',
    ])
    expect(starts('2026-03-29T00:00Z', '2026-03-29T02:00Z', 'hourly')).toHaveLength(2)
  })

  test('should begin on the half hour of UTC when that is the hour of the place', () => {
    liveIn('Asia/Kolkata')
    expect(starts('2026-11-21T10:30Z', '2026-11-21T11:30Z', 'hourly')).toEqual(['2026-11-21T10:30'])
    expect(starts('2026-11-21T10:30Z', '2026-11-21T11:30Z', 'hourly', true)).toHaveLength(2)
  })

  test('should begin at midnight of Mondays when they are weeks', () => {
    liveIn('Europe/Berlin')
    expect(starts('2026-10-18T22:00Z', '2026-11-02T00:00Z', 'weekly')).toEqual([
      '2026-10-18T22:00',
      '2026-10-25T23:00',
      '2026-11-01T23:00',
    ])
    expect(starts('2026-11-01T00:00Z', '2026-11-09T00:00Z', 'weekly', true)).toEqual([
      '2026-10-26T00:00',
      '2026-11-02T00:00',
    ])
  })

  test.each(['UTC', 'America/New_York', 'Pacific/Auckland'])('should be those of UTC when asked for, in %s', (zone) => {
    liveIn(zone)
    expect(starts('2026-03-08T00:00Z', '2026-03-10T00:00Z', 'daily', true)).toEqual([
      '2026-03-08T00:00',
      '2026-03-09T00:00',
    ])
    expect(starts('2026-03-08T06:10Z', '2026-03-08T08:10Z', 'hourly', true)).toEqual([
      '2026-03-08T06:00',
      '2026-03-08T07:00',
      '2026-03-08T08:00',
    ])
  })

  test('should begin at multiples when they are milliseconds', () => {
    expect(periodStart(7_000_123.5, 5000, false)).toBe(7_000_000)
    expect(periodStart(7_000_123.5, 1, true)).toBe(7_000_123)
  })

  test('should hold the time, follow each other, and never be longer than they may, when it is any time anywhere', () => {
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia')
    const frequency = fc.constantFrom<RotationFrequency>('weekly', 'daily', 'hourly', 12_345)
    const time = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) })
    const longest = (one: RotationFrequency): number => {
      if (typeof one === 'number') return one
      return { weekly: 8 * DAY, daily: 25 * HOUR, hourly: HOUR }[one]
    }
    liveIn('UTC')
    fc.assert(
      fc.property(zone, frequency, time, fc.nat({ max: 3 * DAY }), fc.boolean(), (place, one, now, later, utc) => {
        process.env['TZ'] = place
        const start = periodStart(now, one, utc)
        expect(start).toBeLessThanOrEqual(now)
        expect(now - start).toBeLessThan(longest(one))
        expect(periodStart(now + later, one, utc)).toBeGreaterThanOrEqual(start)
        // Where the clock is moved by half an hour, an hour of that night begins within another.
        const first = one === 'hourly' ? start : periodStart(start, one, utc)
        expect(first, 'the start is in its own period').toBe(start)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('dates in names', () => {
  test('should be of the place, or of UTC when asked for', () => {
    liveIn('Pacific/Auckland')
    const time = Date.UTC(2026, 10, 21, 12)
    expect(formatTime(time, 'yyyy-MM-dd HH', false)).toBe('2026-11-22 01')
    expect(formatTime(time, 'yyyy-MM-dd HH', true)).toBe('2026-11-21 12')
  })

  test('should be known again when UTC has an hour that the place lacks', () => {
    liveIn('Europe/Berlin')
    const text = formatTime(Date.UTC(2026, 2, 29, 2, 30), 'yyyy-MM-dd-HH', true)
    expect(text).toBe('2026-03-29-02')
    expect(isDate(text, 'yyyy-MM-dd-HH')).toBe(true)
  })

  test('should be known again when they have the offset', () => {
    liveIn('Asia/Kolkata')
    const pattern = "yyyy-MM-dd'T'HHxx"
    expect(isDate(formatTime(Date.UTC(2026, 10, 21), pattern, false), pattern)).toBe(true)
    expect(isDate(formatTime(Date.UTC(2026, 10, 21), pattern, true), pattern)).toBe(true)
  })
})
