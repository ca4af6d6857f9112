import './substitute-fs.test-kit.ts'
import { describe, expect, test } from 'vitest'
import { explore, fewTears } from './histories.test-kit.ts'
import type { Step, Trouble } from './kernel.test-kit.ts'
import { expectEachRecordOnce, liveInTheModel } from './model.test-kit.ts'

const patience = { timeout: 10 * 60_000 } as const

function full(step: Step, times: number): Trouble[] {
  return fewTears(step).map((written) => ({ at: step.number, written, times, code: 'ENOSPC' }))
}

function failing({ number: at }: Step, times: number): Trouble[] {
  return [{ at, written: 0, times, code: 'EIO' }]
}

describe('each record in the log once, whole and in order, whatever the disk refuses', patience, () => {
  liveInTheModel()

  test('should hold when any step fails once or again and again, and the listener dies in any step after it', async () => {
    const troubles = (step: Step, crashes: number): Trouble[] =>
      crashes === 0 ? [...full(step, 1), ...full(step, 4).slice(0, 1)] : []
    const outcome = await explore({ depth: 1, tears: fewTears, troubles })
    expectEachRecordOnce('trouble, then a crash', outcome)
    expect(outcome.histories).toBeGreaterThan(4000)
  })

  test('should hold when any step of recovery and after it fails', async () => {
    const troubles = (step: Step, crashes: number): Trouble[] =>
      crashes === 1 ? [...failing(step, 3), ...full(step, 1).slice(1, 2)] : []
    const outcome = await explore({ depth: 1, tears: fewTears, troubles })
    expectEachRecordOnce('a crash, then trouble', outcome)
    expect(outcome.histories).toBeGreaterThan(2000)
  })
})
