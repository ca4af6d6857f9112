import { type RotationOptions } from '@pino-funnel/channel'
import { NO_ROTATION } from '@pino-funnel/channel/internal'
import { describe, expect, test } from 'vitest'
import { RotationSchedule } from './rotation-schedule.ts'

const DAY = 86_400_000
const NOON = Date.UTC(2026, 10, 21, 12)
const MIDNIGHT = Date.UTC(2026, 10, 22)

function begun(options: Partial<RotationOptions>, time = NOON): RotationSchedule {
  const schedule = new RotationSchedule({ ...NO_ROTATION, utc: true, ...options })
  schedule.begin(time)
  return schedule
}

describe('RotationSchedule', () => {
  test('should never be over, and have room for everything, when nothing was asked for', () => {
    const schedule = begun({})
    expect(schedule.isOver(NOON + 1000 * DAY)).toBe(false)
    expect(schedule.room(1e12, NOON)).toBe(Infinity)
    expect(schedule.begun).toBe(NOON)
  })

  test('should have room for what is left of the size, and none when that is reached or exceeded', () => {
    const schedule = begun({ size: 300 })
    expect([0, 1, 299, 300, 1000].map((size) => schedule.room(size, NOON))).toEqual([300, 299, 1, 0, 0])
  })

  test('should be over when the next period has begun, whatever room there is', () => {
    const schedule = begun({ size: 300, frequency: 'daily' })
    expect(schedule.isOver(MIDNIGHT - 1)).toBe(false)
    expect(schedule.room(100, MIDNIGHT - 1)).toBe(200)
    expect(schedule.isOver(MIDNIGHT)).toBe(true)
    expect(schedule.room(100, MIDNIGHT)).toBe(0)
  })

  test('should name the beginning of the period, not of the file', () => {
    expect(begun({ frequency: 'daily' }).begun).toBe(MIDNIGHT - DAY)
    expect(begun({ frequency: 'hourly' }, NOON + 1).begun).toBe(NOON)
    expect(begun({ frequency: 7 * DAY }).begun).toBe(NOON - (NOON % (7 * DAY)))
  })

  test.each([
    ['back', -DAY],
    ['forward', DAY],
  ])('should be over once, and then go on from the new time, when the clock is set %s by a day', (_way, shift) => {
    const schedule = begun({ frequency: 'daily' })
    expect(schedule.isOver(NOON + shift)).toBe(true)
    schedule.begin(NOON + shift)
    expect(schedule.isOver(NOON + shift + 1000)).toBe(false)
    expect(schedule.isOver(MIDNIGHT + shift)).toBe(true)
  })

  test('should not care for the clock when there are no periods', () => {
    const schedule = begun({ size: 300 })
    expect(schedule.isOver(NOON - DAY)).toBe(false)
    expect(schedule.room(0, NOON + DAY)).toBe(300)
  })

  test('should be over when it was ended, until the next file', () => {
    const schedule = begun({})
    schedule.end()
    expect(schedule.room(0, NOON)).toBe(0)
    schedule.begin(NOON)
    expect(schedule.room(0, NOON)).toBe(Infinity)
  })
})
