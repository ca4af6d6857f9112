import { expect, test } from 'vitest'
import { Backoff } from './backoff.ts'

test('should double the delay up to 30 s when it fails again and again', () => {
  const backoff = new Backoff()
  const delays = Array.from({ length: 11 }, () => backoff.fail(0).delay)

  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
})

test('should wait on when it fails soon after a success', () => {
  const backoff = new Backoff()
  backoff.fail(0)
  backoff.succeed(1000)

  expect(backoff.fail(30_999)).toEqual({ delay: 200, isFirst: false })
})

test('should begin anew when it was well for long', () => {
  const backoff = new Backoff()
  expect(backoff.fail(0)).toEqual({ delay: 100, isFirst: true })
  backoff.fail(0)
  backoff.succeed(1000)

  expect(backoff.fail(31_000)).toEqual({ delay: 100, isFirst: true })
})
