import { it, vi } from 'vitest'
import { explore, fewTears } from './histories.test-kit.ts'
import { substituteFs } from './substitute-fs.test-kit.ts'
it('dbg', async () => {
  const restore = substituteFs()
  vi.useFakeTimers({ toFake: ['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout', 'performance', 'Date'] })
  const trouble = (at: any) => (step: any, crashes: number) =>
    crashes !== at
      ? []
      : fewTears(step).flatMap((written) =>
          [1, 3].map((times) => ({ at: step.number, written, times, code: 'ENOSPC' })),
        )
  console.log(await explore({ depth: 1, tears: fewTears, troubles: trouble(0) }))
  restore()
  vi.useRealTimers()
}, 100000)
