import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Trouble } from './trouble.ts'

/** Ms until it is to be tried again. */
function wait(trouble: Trouble): number {
  const start = performance.now()
  while (trouble.isWaiting) vi.advanceTimersByTime(10)
  return performance.now() - start
}

describe('Trouble', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'] }))
  afterEach(() => void vi.useRealTimers())

  test('should be tried again soon at first, then less and less often up to a bound, when it does not end', () => {
    const trouble = new Trouble(new Error('full'))
    const waits = Array.from({ length: 9 }, () => {
      const waited = wait(trouble)
      trouble.again(new Error('still full'))
      return waited
    })
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
  })

  test('should have the latest error, and the time of the first one', () => {
    const since = Date.now()
    const trouble = new Trouble(new Error('full'))
    vi.advanceTimersByTime(1000)
    trouble.again(new Error('read-only'))
    expect(trouble.error.message).toBe('read-only')
    expect(trouble.since).toBe(since)
  })
})
