import type * as capturedPackage from '@pino-funnel/channel/captured'
import { beforeEach, expect, test, vi } from 'vitest'
import { UnprovenListener } from './unproven-listener.ts'

const clock = vi.hoisted(() => ({ now: 0 }))

vi.mock('@pino-funnel/channel/captured', async (original) => ({
  ...(await original<typeof capturedPackage>()),
  monotonicNow: () => clock.now,
}))

/** How it is at each check of a worker whose event loop does not turn, every 50 ms. */
function launches(listener: UnprovenListener, ms: number, epoch = 1): number[] {
  const begin = clock.now
  const at: number[] = []
  for (; clock.now < begin + ms; clock.now += 50) {
    if (!listener.isGivenUp(epoch, false)) continue
    listener.launched()
    at.push(clock.now - begin)
  }
  return at
}

beforeEach(() => {
  clock.now = 0
})

test('should be given up after a moment, in which a worker may connect, and again and again: a launch may fail', () => {
  expect(launches(new UnprovenListener(), 61_000)).toEqual([250, 30_250, 60_250])
})

test('should have a moment, too, when it has followed one that was given up', () => {
  const listener = new UnprovenListener()
  launches(listener, 1000)
  expect(launches(listener, 1000, 2)).toEqual([250])
})

test('should be given up at the end of a worker', () => {
  expect(new UnprovenListener().isGivenUp(1, true)).toBe(true)
})

test('should not be given up at the end of the first process of a namespace: what that starts ends with it', () => {
  const pid = vi.spyOn(process, 'pid', 'get').mockReturnValue(1)
  expect(new UnprovenListener().isGivenUp(1, true)).toBe(false)
  pid.mockRestore()
})
