import { describe, expect, test } from 'vitest'
import { countNewlines } from './newline.ts'

describe('countNewlines', () => {
  test('should count the newlines between two offsets', () => {
    const lines = Buffer.from('one\ntwo\nthree\nfour')
    expect(countNewlines(lines)).toBe(3)
    expect(countNewlines(lines, 4)).toBe(2)
    expect(countNewlines(lines, 4, 8)).toBe(1)
    expect(countNewlines(lines, 4, 7)).toBe(0)
  })
})
