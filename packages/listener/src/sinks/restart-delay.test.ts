import { expect, test } from 'vitest'
import { RestartDelay } from './restart-delay.ts'

test('should double up to 30 s when the sink fails again and again', () => {
  const restart = new RestartDelay()
  const delays = Array.from({ length: 11 }, () => restart.failed(0).delay)

  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
})

test('should go on growing when the sink fails soon after its start', () => {
  const restart = new RestartDelay()
  restart.failed(0)
  restart.started(1000)

  expect(restart.failed(30_999)).toEqual({ delay: 200, isFirst: false })
})

test('should start again at 100 ms when the sink ran for 30 s', () => {
  const restart = new RestartDelay()
  expect(restart.failed(0)).toEqual({ delay: 100, isFirst: true })
  restart.failed(0)
  restart.started(1000)

  expect(restart.failed(31_000)).toEqual({ delay: 100, isFirst: true })
})
