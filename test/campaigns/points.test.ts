import { describe, expect, test } from 'vitest'
import { spread } from './points.ts'

const ten = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

describe('spread', () => {
  test('should take all items when there are at most as many as requested', () => {
    expect(spread(ten, 10)).toEqual(ten)
    expect(spread(ten, Infinity)).toEqual(ten)
  })

  test.each([2, 3, 4, 7, 9])('should take %i items, with the first and the last, when there are more', (atMost) => {
    const taken = spread(ten, atMost)

    expect(taken).toHaveLength(atMost)
    expect([taken[0], taken.at(-1)]).toEqual([0, 9])
  })
})
