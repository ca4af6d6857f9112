import './substitute-fs.test-kit.ts'
import { describe, expect, test } from 'vitest'
import { explore, fewTears } from './histories.test-kit.ts'
import { expectEachRecordOnce, liveInTheModel } from './model.test-kit.ts'
import { ORDERED } from './world.test-kit.ts'

const patience = { timeout: 6 * 3_600_000 } as const

describe('each record once, whole and in its order, in logs that are sorted by time', patience, () => {
  liveInTheModel()

  test('should hold when a listener dies in any step', async () => {
    const outcome = await explore({ depth: 1, scene: ORDERED })
    expectEachRecordOnce('sorted, 1 crash', outcome)
    expect(outcome.histories).toBeGreaterThan(100)
  })

  test('should hold when listeners die in any step, 2 in a row', async () => {
    const outcome = await explore({ depth: 2, scene: ORDERED, tears: fewTears })
    expectEachRecordOnce('sorted, 2 crashes', outcome)
    expect(outcome.histories).toBeGreaterThan(1000)
  })
})
