import { expect, onTestFinished, test, vi } from 'vitest'
import type { SourcePortion } from '../source/log-source.ts'
import { batchesOf, halvesOf } from './batches.ts'

async function* given(...portions: [from: number, text: string][]): AsyncGenerator<SourcePortion, void, void> {
  for (const [from, text] of portions) yield { from, bytes: Buffer.from(text) }
}

async function batches(size: number, ...portions: [from: number, text: string][]): Promise<string[]> {
  const found: string[] = []
  // It never waits for more: the source is always faster.
  for await (const { from, to, bytes, records } of batchesOf(given(...portions), { size, wait: 60_000 }))
    found.push(`${from}-${to} ${records} ${JSON.stringify(bytes.toString())}`)
  return found
}

test('should gather portions up to the size', async () => {
  expect(await batches(8, [0, 'a\n'], [2, 'b\n'], [4, 'c\nd\n'], [8, 'e\n'])).toEqual([
    String.raw`0-8 4 "a\nb\nc\nd\n"`,
    String.raw`8-10 1 "e\n"`,
  ])
})

test('should cut a portion between lines, and leave a longer line whole', async () => {
  expect(await batches(4, [0, 'a\nb\nc\n'], [6, 'longer\nd\n'])).toEqual([
    String.raw`0-4 2 "a\nb\n"`,
    String.raw`4-6 1 "c\n"`,
    String.raw`6-13 1 "longer\n"`,
    String.raw`13-15 1 "d\n"`,
  ])
})

test('should end a batch before a gap, and after a line without a newline', async () => {
  expect(await batches(100, [0, 'a\n'], [10, 'b\nc'], [13, 'd\n'])).toEqual([
    String.raw`0-2 1 "a\n"`,
    '10-13 2 "b\\nc"',
    String.raw`13-15 1 "d\n"`,
  ])
})

/** A log that gets a line each so many milliseconds. */
async function* steadyLog(everyMs: number): AsyncGenerator<SourcePortion, void, void> {
  for (let line = 0; line < 1000; line++) {
    await new Promise((resolve) => setTimeout(resolve, everyMs))
    yield { from: line * 2, bytes: Buffer.from('a\n') }
  }
}

test('should not wait longer than the time from its first line on, however steadily more lines come', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const steady = batchesOf(steadyLog(150), { size: 1024 * 1024, wait: 200 })
  const first = steady.next()
  await vi.advanceTimersByTimeAsync(151)
  await first
  const second = steady.next()
  // Its first line is there 150 ms later, and has waited for 200 ms then.
  await vi.advanceTimersByTimeAsync(351)
  expect(await Promise.race([second, Promise.resolve('it still waits')])).toMatchObject({
    value: { from: 2, records: 2 },
  })
  const third = steady.next()
  await vi.advanceTimersByTimeAsync(351)
  expect(await Promise.race([third, Promise.resolve('it still waits')])).toMatchObject({
    value: { from: 6, records: 2 },
  })
})

test('should not wait with the first batch, whose lines may be as old as the death of another shipper', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const steady = batchesOf(steadyLog(150), { size: 1024 * 1024, wait: 60_000 })

  const first = steady.next()
  await vi.advanceTimersByTimeAsync(151)

  expect(await Promise.race([first, Promise.resolve('it still waits')])).toMatchObject({
    value: { from: 0, records: 1 },
  })
})

test('should end its source when the batches are not taken to the end', async () => {
  let isEnded = false
  async function* source(): AsyncGenerator<SourcePortion, void, void> {
    try {
      for (let line = 0; ; line++) yield { from: line * 2, bytes: Buffer.from('a\n') }
    } finally {
      isEnded = true
    }
  }
  const failing = async (): Promise<void> => {
    for await (const batch of batchesOf(source(), { size: 2, wait: 60_000 }))
      throw new Error(`The engine refuses ${batch.from}`)
  }

  await expect(failing()).rejects.toThrow('The engine refuses 0')

  await expect.poll(() => isEnded).toBe(true)
})

test('should halve a batch between lines', () => {
  const bytes = Buffer.from('a\nbb\nccc\n')
  const [first, second] = halvesOf({ from: 10, to: 19, bytes, records: 3 })
  expect([first, second].map((half) => ({ ...half, bytes: half.bytes.toString() }))).toEqual([
    { from: 10, to: 12, bytes: 'a\n', records: 1 },
    { from: 12, to: 19, bytes: 'bb\nccc\n', records: 2 },
  ])
})
