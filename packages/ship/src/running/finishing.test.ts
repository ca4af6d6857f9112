import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Finishing } from './finishing.ts'

const answers: { waitsFor: 'leader' | 'log' | 'engine' | 'none'; isUpToDate: boolean } = {
  waitsFor: 'none',
  isUpToDate: false,
}

beforeEach(() => {
  vi.useFakeTimers()
  Object.assign(answers, { waitsFor: 'none', isUpToDate: false })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Asks every 50 ms. @returns after how many ms it may end, and how; `undefined` when not within `ms` */
function endWithin(ms: number, finishing: Finishing): [number, string] | undefined {
  for (let passed = 0; passed <= ms; passed += 50) {
    const state = finishing.state()
    if (state !== 'not yet') return [passed, state]
    vi.advanceTimersByTime(50)
  }
  return undefined
}

test('should not end while it ships, however long that takes', () => {
  const finishing = new Finishing(answers)
  finishing.order(5000)
  expect(endWithin(600_000, finishing)).toBeUndefined()
})

test('should be patient from the beginning of a trouble that comes late', () => {
  const finishing = new Finishing(answers)
  finishing.order(5000)
  endWithin(60_000, finishing)
  answers.waitsFor = 'engine'
  expect(endWithin(60_000, finishing)).toEqual([5000, 'given up'])
})

test('should be patient again when it is ordered again, in a trouble that lasts', () => {
  const finishing = new Finishing(answers)
  answers.waitsFor = 'engine'
  finishing.order(3_600_000)
  endWithin(60_000, finishing)
  finishing.order(5000)
  expect(endWithin(60_000, finishing)).toEqual([5000, 'given up'])
})

test('should end when all is shipped, the record about the last event included', () => {
  const finishing = new Finishing(answers)
  finishing.order(5000)
  answers.isUpToDate = true
  expect(endWithin(5000, finishing)).toEqual([0, 'done'])
  finishing.reported()
  expect(endWithin(5000, finishing)).toEqual([1050, 'done'])
})
