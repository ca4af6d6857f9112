import { describe, expect, test } from 'vitest'
import { resolveOrder } from './order-option.ts'

describe('the option order', () => {
  test.each([
    [undefined, {}],
    ['time', { order: { window: 300 } }],
    [{ by: 'time' }, { order: { window: 300 } }],
    [{ by: 'time', window: undefined }, { order: { window: 300 } }],
    [{ by: 'time', window: 1 }, { order: { window: 1 } }],
    [{ by: 'time', window: 5000 }, { order: { window: 5000 } }],
  ])('should be taken when it is %j', (order, expected) => {
    expect(resolveOrder({ order })).toEqual(expected)
  })

  test.each([null, true, 'level', [], {}, { by: 'level' }, { window: 100 }, { by: 'time', windwo: 1 }])(
    'should be refused when it is %j',
    (order) => {
      expect(() => resolveOrder({ order })).toThrow(/'order' must be 'time' or \{ by: 'time', window: ms \}/)
    },
  )

  test.each([0, -1, 1.5, 5001, NaN, Infinity, '100', null])('should be refused when the window is %j', (window) => {
    expect(() => resolveOrder({ order: { by: 'time', window } })).toThrow(/a window of 1 to 5000 ms/)
  })
})
