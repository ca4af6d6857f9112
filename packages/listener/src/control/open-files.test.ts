import { expect, test } from 'vitest'
import { sharesOf } from './open-files.ts'

test.each([64, 160, 256, 1024, 4096])('all shares together should leave room when %i files may be open', (limit) => {
  const { segments, sockets, threads, logs } = sharesOf(limit)
  // Up to that many workers, each has a connection and an open segment; with more, segments are not kept open.
  expect(Math.max(2 * segments, sockets) + 2 * threads + logs).toBeLessThanOrEqual(limit * 0.75)
})

test('only connections and log files should be bounded when there is no limit', () => {
  expect(sharesOf(Infinity)).toEqual({ segments: Infinity, sockets: 8192, visitors: 16, threads: Infinity, logs: 100 })
})
