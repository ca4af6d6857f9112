import { describe, expect, test } from 'vitest'
import { Backoff } from './backoff.ts'

function delays(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => backoff.fail())
}

describe('Backoff', () => {
  test('should double the wait up to the longest one with each failure in a row', () => {
    expect(delays(new Backoff(100, 5000), 8)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000])
  })

  test('should start with the first wait again after a success', () => {
    const backoff = new Backoff(10, 250)
    delays(backoff, 3)
    expect(backoff.failures).toBe(3)
    backoff.succeed()
    expect(backoff.failures).toBe(0)
    expect(delays(backoff, 2)).toEqual([10, 20])
  })

  test('should stay at the longest wait however many failures there were', () => {
    expect(new Backoff(500, 30_000).delayAfter(5000)).toBe(30_000)
  })
})
