import { it, vi } from 'vitest'
import { Session } from 'node:inspector'
import fs from 'node:fs'
import { explore } from './histories.test-kit.ts'
import { substituteFs } from './substitute-fs.test-kit.ts'
it('p', async () => {
  const restore = substituteFs()
  vi.useFakeTimers({ toFake: ['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout', 'performance', 'Date'] })
  const s = new Session(); s.connect(); s.post('Profiler.enable'); s.post('Profiler.start')
  const t = process.hrtime.bigint()
  const o = await explore({ depth: 2, tears: (st) => (st.length?[0,5]:[0]) }); console.log(o, Number(process.hrtime.bigint() - t) / 1e6)
  s.post('Profiler.stop', (e, { profile }) => fs.writeFileSync('/tmp/prof/p.json', JSON.stringify(profile)))
  restore(); vi.useRealTimers()
})
