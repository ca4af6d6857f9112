import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { explore, fewTears, someTears } from './histories.test-kit.ts'
import { bugs } from './seeded-bugs.test-kit.ts'
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
const trouble = (at: any) => (step: any, crashes: number) =>
  crashes !== at
    ? []
    : fewTears(step).flatMap((written) => [1, 3].map((times) => ({ at: step.number, written, times, code: 'ENOSPC' })))
for (const name of Object.keys(bugs))
  it(
    name,
    async () => {
      const d1 = await explore({ depth: 1, makeJournal: (bugs as any)[name] })
      console.log(name, 1, d1)
      if (d1.failures.length === 0)
        console.log(name, 2, await explore({ depth: 2, tears: fewTears, makeJournal: (bugs as any)[name] }))
      console.log(
        name,
        't',
        await explore({ depth: 1, tears: fewTears, makeJournal: (bugs as any)[name], troubles: trouble(0) }),
      )
    },
    100000,
  )
for (const at of [0, 1])
  it('trouble', async () => {
    const start = process.hrtime.bigint()
    console.log(
      'trouble',
      at,
      await explore({ depth: 1, tears: fewTears, troubles: trouble(at) }),
      Number(process.hrtime.bigint() - start) / 1e6,
    )
  }, 100000)
