import './substitute-fs.test-kit.ts'
import { describe, expect, test } from 'vitest'
import { explore, fewTears, type Move } from './histories.test-kit.ts'
import type { Step } from './kernel.test-kit.ts'
import { expectEachRecordOnce, liveInTheModel } from './model.test-kit.ts'
import { ORDERED } from './world.test-kit.ts'

const patience = { timeout: 6 * 3_600_000 } as const
const AWAY: readonly Move[] = ['stays', 'a is away', 'b is away', 'c is away']

describe('each record of a mailbox that is moved away and back', patience, () => {
  liveInTheModel()

  test('should be there when it is away after a listener dies in any step, and back while the next one lives', async () => {
    const outcome = await explore({ depth: 1, moves: () => AWAY, tears: fewTears })
    expectEachRecordOnce('1 crash, then a mailbox is away', outcome)
    expect(outcome.histories).toBeGreaterThan(300)
  })

  test('should be there when it is away between two deaths', async () => {
    const tears = ({ length }: Step): number[] => (length > 5 ? [0, length - 2] : [0])
    const moves = (crashes: number): readonly Move[] => (crashes === 1 ? ['a is away'] : ['all are back'])
    const outcome = await explore({ depth: 2, moves, tears })
    expectEachRecordOnce('2 crashes, a mailbox is away between them', outcome)
    expect(outcome.histories).toBeGreaterThan(2_000)
  })

  test('should be there when logs are sorted by time', async () => {
    const outcome = await explore({ depth: 1, moves: () => AWAY, scene: ORDERED, tears: fewTears })
    expectEachRecordOnce('sorted, 1 crash, then a mailbox is away', outcome)
  })
})
