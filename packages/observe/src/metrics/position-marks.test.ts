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

  test('should be known within half a second or a twentieth, also after days', () => {
    const marks = new PositionMarks(BEGIN)
    const seconds = 200_000
    for (let second = 0; second < seconds; second += 1) {
      marks.add(second, second + 1, BEGIN + second * 1000)
      if (second % 997 > 0 || second < 100_000) continue
      for (const behind of [1, 2, 60, 300, 4000, 90_000]) {
        const age = marks.ageAt(second + 1 - behind, BEGIN + second * 1000) / 1000 + 1
        expect(Math.abs(age - behind)).toBeLessThanOrEqual(Math.max(0.5, behind * 0.05))
      }
    }
  })
})
