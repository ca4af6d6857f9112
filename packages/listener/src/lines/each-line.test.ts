import { describe, expect, test } from 'vitest'
import { endOfLine } from './each-line.ts'

describe('endOfLine', () => {
  test.each([
    ['a line in the middle', 'one\ntwo\nthree\n', 4, 8],
    ['an empty line', '\n\n', 1, 2],
    ['a last line without a newline', 'one\ntwo', 4, 7],
  ])('should be after the newline, or after the last byte, for %s', (_, text, from, end) => {
    expect(endOfLine(Buffer.from(text), from)).toBe(end)
  })
})
