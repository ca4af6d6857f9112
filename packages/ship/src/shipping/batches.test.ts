import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { SourcePortion } from '../source/log-source.ts'
import { batchesOf } from './batches.ts'

const LINE = Buffer.from('0123456789\n')

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A log that gets a line each so many milliseconds. */
async function* steadyLog(everyMs: number): AsyncGenerator<SourcePortion, void, void> {
  for (let line = 0; line < 1000; line++) {
    await new Promise((resolve) => setTimeout(resolve, everyMs))
    yield { from: line * LINE.length, bytes: LINE }
  }
}

test('should not wait longer than the time from its first line on, however steadily more lines come', async () => {
  const batches = batchesOf(steadyLog(150), { size: 1024 * 1024, wait: 200 })
  const first = batches.next()
  // The first line is there after 150 ms, and the batch has waited for 200 ms then.
  await vi.advanceTimersByTimeAsync(351)
  const outcome = await Promise.race([first, Promise.resolve('it still waits')])
  expect(outcome).toMatchObject({ value: { from: 0, records: 2 } })
  const second = batches.next()
  await vi.advanceTimersByTimeAsync(351)
  expect(await Promise.race([second, Promise.resolve('it still waits')])).toMatchObject({ value: { records: 2 } })
})
