import { describe, expect, test } from 'vitest'
import { countLines, endOfLine } from './each-line.ts'

describe('endOfLine', () => {
  test.each([
    ['a line in the middle', 'one\ntwo\nthree\n', 4, 8],
    ['an empty line', '\n\n', 1, 2],
    ['a last line without a newline', 'one\ntwo', 4, 7],
  ])('should be after the newline, or after the last byte, for %s', (_, text, from, end) => {
    expect(endOfLine(Buffer.from(text), from)).toBe(end)
  })
})

describe('countLines', () => {
  test('should count the newlines between two offsets', () => {
    const lines = Buffer.from('one\ntwo\nthree\nfour')
    expect(countLines(lines)).toBe(3)
    expect(countLines(lines, 4)).toBe(2)
    expect(countLines(lines, 4, 8)).toBe(1)
    expect(countLines(lines, 4, 7)).toBe(0)
  })
})
