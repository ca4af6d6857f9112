import type * as fs from '../captured/fs.ts'
import { expect, test, vi } from 'vitest'
import { drain, openMailbox } from '../testing/mailbox.test-kit.ts'

const kernel = vi.hoisted(() => ({ late: [] as { from: number; to: number; reads: number }[] }))

/** Reads see NULs in the place of some bytes at first, as those of Linux before 6.8 can. */
vi.mock(import('../captured/fs.ts'), async (importOriginal) => {
  const original = await importOriginal()
  const readSync = (...args: Parameters<typeof fs.readSync>): number => {
    const length = original.readSync(...args)
    const [, target, at, , position] = args as unknown as [number, Buffer, number, number, number]
    for (const range of kernel.late) {
      if (range.reads === 0 || typeof position !== 'number') continue
      range.reads -= 1
      const [from, to] = [range.from - position, range.to - position].map((byte) => Math.max(0, Math.min(byte, length)))
      target.fill(0, at + (from ?? 0), at + (to ?? 0))
    }
    return length
  }
  return { ...original, readSync: readSync as typeof fs.readSync }
})

test.each([1, 2])('a hole that is gone when the same bytes are read again should not be passed (%i reads)', (reads) => {
  const { writer, reader } = openMailbox('plain')
  writer.append('first\n')
  expect(drain(reader)).toBe('first\n')
  writer.append('second\nthird\n')
  kernel.late = [{ from: 8, to: 10, reads }]
  expect(drain(reader)).toBe('')
  expect(reader.position).toEqual({ sequence: 1, offset: 6 })
  expect(reader.cutAway).toBe(0)
  expect(drain(reader)).toBe('second\nthird\n')
})
