import { describe, expect, test } from 'vitest'
import { PositionMarks } from './position-marks.ts'

const BEGIN = 1_795_250_000_000

describe('how far a reader is behind', () => {
  test('should be the age of the first bytes that it does not have', () => {
    const marks = new PositionMarks(BEGIN)
    marks.add(1000, 1500, BEGIN + 10_000)
    marks.add(1500, 2000, BEGIN + 20_000)
    const now = BEGIN + 30_000

    expect(marks.ageAt(2000, now)).toBe(0)
    expect(marks.ageAt(1700, now)).toBe(10_000)
    expect(marks.ageAt(1500, now)).toBe(10_000)
    expect(marks.ageAt(1000, now)).toBe(20_000)
  })

  test('should be the time since following began for what was there before, also when nothing comes', () => {
    const marks = new PositionMarks(BEGIN)
    expect(marks.ageAt(7, BEGIN + 5000)).toBe(5000)
    marks.add(1000, 1500, BEGIN + 10_000)
    expect(marks.ageAt(7, BEGIN + 12_000)).toBe(12_000)
  })

  test('should be known, coarsely, after any number of bytes', () => {
    const marks = new PositionMarks(BEGIN)
    const seconds = 100_000
    for (let second = 0; second < seconds; second += 1) marks.add(second, second + 1, BEGIN + second * 1000)
    const now = BEGIN + seconds * 1000
    for (const behind of [1, 1000, 50_000, 99_000]) {
      const age = marks.ageAt(seconds - behind, now) / 1000
      expect(age).toBeGreaterThanOrEqual(behind - 1)
      expect(age).toBeLessThan(behind + 500)
    }
  })
})
