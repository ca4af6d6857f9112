import { describe, expect, test } from 'vitest'
import { agoText, countedText, countText, rateText, sizeText, spanText } from './amounts.ts'

test('a count of things should name one of them as one', () => {
  expect([0, 1, 1204].map((count) => countedText(count, 'worker'))).toEqual(['0 workers', '1 worker', '1,204 workers'])
})

describe('an amount', () => {
  test.each([
    [sizeText, 0, '0 B'],
    [sizeText, 999, '999 B'],
    [sizeText, 1000, '1.0 kB'],
    [sizeText, 9949, '9.9 kB'],
    [sizeText, 9951, '10 kB'],
    [sizeText, 999_499, '999 kB'],
    [sizeText, 999_500, '1.0 MB'],
    [sizeText, 1.9e9, '1.9 GB'],
    [sizeText, 5e18, '5000 PB'],
    [countText, 0, '0'],
    [countText, 999, '999'],
    [countText, 18_203_140, '18,203,140'],
    [rateText, 0, '0'],
    [rateText, 0.04, '0.0'],
    [rateText, 3.61, '3.6'],
    [rateText, 12_408.4, '12,408'],
    [spanText, -5, '0 ms'],
    [spanText, 12.4, '12 ms'],
    [spanText, 999.6, '1.0 s'],
    [spanText, 3120, '3.1 s'],
    [spanText, 30_100, '30 s'],
    [spanText, 59_900, '1 min'],
    [spanText, 3_599_999, '59 min'],
    [spanText, 11_520_000, '3 h 12 min'],
    [spanText, 7_200_000, '2 h'],
    [spanText, 187_200_000, '2 d 4 h'],
    [agoText, 999, 'now'],
    [agoText, 3999, '3 s ago'],
    [agoText, 3_600_000, '1 h ago'],
    [agoText, 86_400_000, '24 h ago'],
    [agoText, 200_000_000, '2 d ago'],
  ] satisfies [(value: number) => string, number, string][])('should, by %o of %d, be %s', (text, value, expected) => {
    expect(text(value)).toBe(expected)
  })
})
