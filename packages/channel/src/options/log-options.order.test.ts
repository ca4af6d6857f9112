import { describe, expect, test } from 'vitest'
import { decodeLogOptions, differencesOf } from './log-options.ts'

describe('the order in the options of a log file', () => {
  test.each([
    [{ window: 300 }, { window: 300 }],
    [{ window: 300, by: 'time' }, { window: 300 }],
    [{ window: 1e9 }, { window: 5000 }],
    [{ window: 0 }, undefined],
    [{ window: '300' }, undefined],
    ['time', undefined],
    [undefined, undefined],
  ])('should be read from a header when it is %j', (order, expected) => {
    expect(decodeLogOptions({ order }).order).toEqual(expected)
  })

  test('should be a difference when another worker does not want it', () => {
    const differences = differencesOf(decodeLogOptions({ order: { window: 300 } }), decodeLogOptions({}))
    expect(differences).toEqual([{ option: 'order', given: { window: 300 }, effective: null }])
  })
})
