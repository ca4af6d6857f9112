import { it, vi } from 'vitest'
import { World } from './world.test-kit.ts'
import { runListener, soundJournal } from './listener-run.test-kit.ts'
import { substituteFs } from './substitute-fs.test-kit.ts'
it('dbg', () => {
  const restore = substituteFs()
  vi.useFakeTimers({ toFake: ['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout', 'performance', 'Date'] })
  const w = World.begin()
  let next: any
  const log: string[] = []
  const r1 = runListener(w, {
    makeJournal: soundJournal,
    trouble: { at: 37, written: 0, times: 3, code: 'ENOSPC' },
    onStep: (s) => {
      log.push(s.number + ' ' + s.name + ' ' + s.length)
      if (s.number === 43) {
        next = w.with(s.diskAfterDeath(0))
        next.advance()
      }
    },
  })
  console.log(log.join('\n'), r1)
  const steps: string[] = []
  console.log([...next.disk.names.entries()].join('\n'), next.disk.read('/simulated/.pino-funnel/journal').toString())
  const r2 = runListener(next, {
    makeJournal: soundJournal,
    onStep: (s) => void steps.push(s.number + ' ' + s.name + ' ' + s.length),
  })
  console.log(steps.join('\n'), r2, next.verdict())
  console.log([...next.disk.names.keys()].join('\n'), next.disk.read('/simulated/.pino-funnel/journal').toString())
  restore()
  vi.useRealTimers()
})
