import './substitute-fs.test-kit.ts'
import { describe, expect, test } from 'vitest'
import { explore, fewTears } from './histories.test-kit.ts'
import { expectEachRecordOnce, liveInTheModel } from './model.test-kit.ts'

describe('each record of the other mailboxes', { timeout: 3_600_000 }, () => {
  liveInTheModel()

  test('should be there when the segment of one is emptied after a listener dies in any step', async () => {
    const outcome = await explore({ depth: 1, moves: () => ['c is cut'], tears: fewTears })
    expectEachRecordOnce('1 crash, then a segment is cut', outcome)
    expect(outcome.histories).toBeGreaterThan(50)
  })
})
