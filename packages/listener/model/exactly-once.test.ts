import './substitute-fs.test-kit.ts'
import { describe, expect, test } from 'vitest'
import { explore } from './histories.test-kit.ts'
import { expectEachRecordOnce, liveInTheModel } from './model.test-kit.ts'

/** `npm run test:model` goes deeper. */
const depth = Number(process.env['PINO_FUNNEL_MODEL_DEPTH'] ?? 2)
const patience = { timeout: 6 * 3_600_000 } as const

describe('each record in the log once, whole and in order', patience, () => {
  liveInTheModel()

  test(`should hold when listeners die in any step, ${depth} in a row`, async () => {
    const outcome = await explore({ depth })
    expectEachRecordOnce(`${depth} crashes`, outcome)
    expect(outcome.histories).toBeGreaterThan(100 ** depth)
  })

  test('should hold when a listener dies at any byte of a write', async () => {
    const outcome = await explore({ depth: 1, tears: ({ length }) => [...Array(Math.max(length, 1)).keys()] })
    expectEachRecordOnce('1 crash at any byte', outcome)
    expect(outcome.histories).toBeGreaterThan(1500)
  })
})
