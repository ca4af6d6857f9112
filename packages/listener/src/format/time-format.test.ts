import { formatDate } from '@pino-funnel/channel'
import { TZDate } from '@date-fns/tz/date'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patience } from '../testing/channel.test-kit.ts'
import { TimeFormat } from './time-format.ts'

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe']

const TOKENS = ['yyyy', 'MM', 'dd', 'HH', 'mm', 'ss', 'S', 'SS', 'SSS', 'SSSSS', 'T', 't', 'XXX', 'PPpp', 'do', 'a']
const TEXTS = [`'at'`, `'S'`, `''`, `'`, ' ', ':', ',', '.']

const pattern = fc
  .array(fc.constantFrom(...TOKENS, ...TEXTS), { minLength: 1, maxLength: 8 })
  .map((tokens) => tokens.join(''))
  .filter(isAccepted)

/**
 * Around the changes of the clocks in 2026, and anywhere from 1970 on: before, date-fns rounds the seconds of `t` up.
 */
const time = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 2, 29), max: Date.UTC(2026, 2, 30) }),
  fc.integer({ min: Date.UTC(2026, 9, 25), max: Date.UTC(2026, 9, 26) }),
  fc.integer({ min: 0, max: 2 ** 42 }),
)

/** Some tokens are none when others stand beside them. */
function isAccepted(text: string): boolean {
  try {
    return formatDate(new Date(0), text) !== undefined
  } catch {
    return false
  }
}

describe('TimeFormat', patience, () => {
  test('should give what date-fns gives for each time alone when many come, in any order', () => {
    const burst = fc.array(fc.tuple(time, fc.array(fc.nat({ max: 1500 }), { maxLength: 4 })), { maxLength: 5 })
    fc.assert(
      fc.property(pattern, fc.constantFrom(...ZONES), burst, (text, zone, bursts) => {
        const format = new TimeFormat(text, zone)
        for (const at of bursts.flatMap(([start, later]) => [start, ...later.map((ms) => start + ms)])) {
          expect(format.format(at), `${at} by ${text} in ${zone}`).toBe(formatDate(new TZDate(at, zone), text))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('should be the time on the clocks of the zone when it is summer or winter there', () => {
    const format = new TimeFormat('yyyy-MM-dd HH:mm:ss XXX', 'Europe/Berlin')
    expect(format.format(Date.UTC(2026, 9, 25, 0, 59, 59))).toBe('2026-10-25 02:59:59 +02:00')
    expect(format.format(Date.UTC(2026, 9, 25, 1, 0, 0))).toBe('2026-10-25 02:00:00 +01:00')
  })
})
