import { describe, expect, test } from 'vitest'
import { IdleStrategy } from './idle-strategy.ts'

describe('the pause between passes', () => {
  test('should be 2 ms while passes are short', () => {
    const pace = new IdleStrategy()
    expect([0.1, 0.1, 0.1].map((ms) => pace.pauseAfter(ms))).toEqual([2, 2, 2])
  })

  test('should grow with passes that are long, to 20 ms', () => {
    const pace = new IdleStrategy()
    pace.pauseAfter(1)
    expect([1, 1, 10, 10].map((ms) => pace.pauseAfter(ms))).toEqual([9, 9, 9, 20])
  })

  test('should not grow for one pass that had to wait', () => {
    const pace = new IdleStrategy()
    expect([0.1, 5, 0.1].map((ms) => pace.pauseAfter(ms))).toEqual([2, 2, 2])
  })
})
