import { describe, expect, test } from 'vitest'
import { tally } from './tally.mjs'

const nothing = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] }

describe('tally', () => {
  test('should count passed and failed when nothing was skipped', () => {
    expect(tally({ ...nothing, numPassedTests: 12, numFailedTests: 1 })).toBe('12 passed, 1 failed')
  })

  test('should name the skipped when there are any', () => {
    expect(tally({ ...nothing, numPassedTests: 3, numPendingTests: 1, numTodoTests: 1 })).toBe(
      '3 passed, 0 failed, 2 skipped',
    )
  })

  test('should count a file as one failure when it failed without a failed test', () => {
    const unloadable = { status: 'failed', assertionResults: [] }
    const withFailedTest = { status: 'failed', assertionResults: [{ status: 'failed' }] }

    expect(tally({ ...nothing, numFailedTests: 1, testResults: [unloadable, withFailedTest] })).toBe(
      '0 passed, 2 failed',
    )
  })
})
