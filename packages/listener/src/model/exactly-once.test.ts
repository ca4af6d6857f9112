import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { explore } from './histories.test-kit.ts'
import { substituteFs } from './substitute-fs.test-kit.ts'

let restore = (): void => {}
beforeAll(() => {
  restore = substituteFs()
  vi.useFakeTimers({ toFake: ['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout', 'performance', 'Date'] })
})
afterAll(() => {
  restore()
  vi.useRealTimers()
})

describe('exactly once', { timeout: 600_000 }, () => {
  it('should', async () => {
    const start = process.hrtime.bigint()
    const o = await explore({ depth: Number(process.env['DEPTH'] ?? 1) })
    console.log(o, Number(process.hrtime.bigint() - start) / 1e6)
    expect(o.failures).toEqual([])
  })
})
