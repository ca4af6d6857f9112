import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_LINE_BYTES, oversizeLine, toLine } from './line.ts'

const record = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\n', '\0', '\r', 'é', '€', '😀', '\ud83d', '\u2028'),
})

describe('toLine', () => {
  test.each([
    ['a missing newline', '{"msg":"hi"}', '{"msg":"hi"}\n'],
    ['an inner newline', 'first\nsecond\n', 'first\\nsecond\n'],
    ['several newlines at the end', 'text\n\n\n', 'text\\n\\n\n'],
    ['a NUL', 'a\0b\n', 'a\\u0000b\n'],
    ['nothing', '', ' \n'],
    ['a newline alone', '\n', ' \n'],
    ['a NUL alone', '\0', '\\u0000\n'],
    ['a carriage return', 'windows\r\n', 'windows\r\n'],
  ])('should make a line when a record has %s', (_, given, expected) => {
    expect(toLine(given)).toBe(expected)
  })

  test('should end in the only newline, hold no NUL, and never be an end mark, when any record comes', () => {
    fc.assert(
      fc.property(record, (text) => {
        const line = toLine(text)
        expect(line.indexOf('\n'), `the newline of ${JSON.stringify(line)}`).toBe(line.length - 1)
        expect(line, 'a line').not.toContain('\0')
        expect(line.length, 'an empty line would end the segment').toBeGreaterThan(1)
      }),
      { numRuns: 2000 },
    )
  })

  test('should return the same string when a line comes that is one already', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const line = `${JSON.stringify({ level: 30, value })}\n`
        expect(toLine(line)).toBe(line)
      }),
    )
  })

  test('should not change a line that it has made when that comes again', () => {
    fc.assert(
      fc.property(record, (text) => {
        expect(toLine(toLine(text))).toBe(toLine(text))
      }),
    )
  })
})

describe('oversizeLine', () => {
  test.each([
    ['a number', '{"level":60,"msg":"x"}\n', 60],
    ['a label', '{"level":"warn","msg":"x"}\n', 'warn'],
    ['none', 'text\n', 50],
  ])('should keep the level when the original has %s', (_, original, level) => {
    const stand = oversizeLine(original, 17_000_000)
    expect(JSON.parse(stand)).toMatchObject({ level, bytes: 17_000_000, head: original, pid: process.pid })
  })

  test('should be a short line of JSON that says what was cut, when any record comes', () => {
    fc.assert(
      fc.property(record, fc.integer({ min: 1, max: 5000 }), (text, times) => {
        const stand = oversizeLine(text.repeat(times), MAX_LINE_BYTES + 1)
        expect(toLine(stand), 'the stand-in').toBe(stand)
        expect(Buffer.byteLength(stand), 'the length of the stand-in').toBeLessThan(20_000)
        expect(JSON.parse(stand)).toHaveProperty('msg', expect.stringContaining(`${MAX_LINE_BYTES + 1} bytes`))
      }),
    )
  })
})
