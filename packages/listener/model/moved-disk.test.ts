import './substitute-fs.test-kit.ts'
import { describe, expect, test } from 'vitest'
import { explore, fewTears, type Move } from './histories.test-kit.ts'
import type { Step } from './kernel.test-kit.ts'
import { expectEachRecordOnce, liveInTheModel } from './model.test-kit.ts'
import { ORDERED } from './world.test-kit.ts'

const patience = { timeout: 6 * 3_600_000 } as const
const MOVES: readonly Move[] = ['stays', 'remounted', 'restored']

describe('each record once, whole and in its order, wherever the disk is next', patience, () => {
  liveInTheModel()

  test('should hold when the disk is remounted or restored after a listener dies in any step', async () => {
    const outcome = await explore({ depth: 1, moves: () => MOVES })
    expectEachRecordOnce('1 crash, then another mount or a copy', outcome)
    expect(outcome.histories).toBeGreaterThan(300)
  })

  test('should hold when it is restored after each of 2 deaths', async () => {
    const tears = ({ length }: Step): number[] => (length > 5 ? [0, 5] : [0])
    const outcome = await explore({ depth: 2, moves: () => ['restored'], tears })
    expectEachRecordOnce('2 crashes, a copy after each', outcome)
    expect(outcome.histories).toBeGreaterThan(2_000)
  })

  test('should hold on a file system that keeps no birth times', async () => {
    const outcome = await explore({ depth: 1, moves: () => MOVES, hasBirthTimes: false })
    expectEachRecordOnce('no birth times', outcome)
  })

  test('should hold when logs are sorted by time', async () => {
    const outcome = await explore({ depth: 1, moves: () => MOVES, scene: ORDERED, tears: fewTears })
    expectEachRecordOnce('sorted, then another mount or a copy', outcome)
  })
})
