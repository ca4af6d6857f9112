import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ThreadStatsReader } from './thread-stats.ts'

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
})
