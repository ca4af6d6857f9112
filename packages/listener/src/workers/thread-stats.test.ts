import type * as Fs from 'node:fs'
import { readdirSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { ThreadStatsReader } from './thread-stats.ts'

const thread = vi.hoisted(() => ({ hasEnded: false }))

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>()
  const readSync = (...given: unknown[]): number => {
    if (thread.hasEnded) throw Object.assign(new Error('no such process'), { code: 'ESRCH' })
    return (fs.readSync as (...given: unknown[]) => number)(...given)
  }
  return { ...fs, readSync }
})

const isLinux = process.platform === 'linux'

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

describe.skipIf(!isLinux)('ThreadStatsReader', () => {
  test.each([
    ['stay open', 1000, 2],
    ['are opened for each reading', 0, 0],
  ])('should read a thread, and give back what it took, when its files %s', (_how, mostOpen, taken) => {
    const before = descriptors()
    const reader = ThreadStatsReader.open(process.pid, process.pid, mostOpen)
    expect(reader?.read()?.cpu).toBeGreaterThan(0)
    expect(reader?.read()?.state).toMatch(/running|waiting/)
    expect(descriptors() - before).toBe(taken)
    reader?.close()
    reader?.close()
    expect(descriptors()).toBe(before)
  })

  test('should keep no file open of a thread that ends while it is opened', () => {
    const before = descriptors()
    thread.hasEnded = true
    const reader = ThreadStatsReader.open(process.pid, process.pid)
    thread.hasEnded = false
    expect(reader).toBeUndefined()
    expect(descriptors()).toBe(before)
  })
})
