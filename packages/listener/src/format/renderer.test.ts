import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patience } from '../testing/channel.test-kit.ts'
import { rendererFor } from './format.test-kit.ts'
import { createRenderer } from './renderer.ts'

const TEXT = '{time} {time:SSS T} {level:label} {level:python|-} {msg} {a} {a.b|none} {*}'
const FORMATS = [TEXT, 'pretty', { pretty: { singleLine: true, translateTime: false, colorize: true } }] as const
const NEWLINE = 0x0a

const nasty = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\n', '\r', '\0', '\u001b', '\u0085', '\u2028', 'é', '😀', '\ud83d', '{', '}'),
})
const value = fc.oneof(nasty, fc.jsonValue(), fc.double(), fc.date({ noInvalidDate: true }), fc.constant(undefined))
const key = fc.oneof(
  fc.constantFrom('time', 'level', 'msg', 'a', 'a.b', 'err', 'stack', 'type', '__proto__', 'toJSON', ''),
  nasty,
)
const recordLine = fc.dictionary(key, value).map((record) => Buffer.from(`${JSON.stringify(record)}\n`))

/** What a raw writer may log: any bytes but newlines and NUL, also what only begins like a record. */
const rawLine = fc
  .tuple(fc.constantFrom('', '{', '{"msg":', '[', '42'), fc.uint8Array({ min: 11, maxLength: 50 }))
  .map(([start, bytes]) => Buffer.concat([Buffer.from(start), bytes, Buffer.of(NEWLINE)]))

function isRecord(line: Buffer): boolean {
  return line[0] === 0x7b && line.at(-2) === 0x7d
}

describe('createRenderer', patience, () => {
  test('should be nothing when lines stay as pino writes them', () => {
    expect(createRenderer({ type: 'ndjson' })).toBeUndefined()
  })

  test('should give exactly one line when any record comes and the format is a template', () => {
    const renderer = rendererFor(TEXT)
    fc.assert(
      fc.property(recordLine, (line) => {
        const rendered = renderer.render(line)
        expect(rendered.indexOf(NEWLINE), `the newline in ${rendered.toString()}`).toBe(rendered.length - 1)
        expect(rendered.toString('utf8')).not.toMatch(/(?!\n)[\p{Cc}\u2028\u2029]/u)
        expect(rendered, 'a record that is rendered').not.toBe(line)
      }),
      { numRuns: 2000 },
    )
  })

  test.each(FORMATS)('should give the same bytes when the same line comes again, and the format is %j', (format) => {
    const [before, after] = [rendererFor(format), rendererFor(format)]
    fc.assert(
      fc.property(fc.array(fc.oneof(recordLine, rawLine), { maxLength: 5 }), (lines) => {
        const rendered = lines.map((line) => before.render(line).toString('latin1'))
        const again = [...lines].reverse().map((line) => after.render(line).toString('latin1'))
        expect(again.reverse()).toEqual(rendered)
      }),
    )
  })

  test.each(FORMATS)('should end in a newline, and not change the line, when any line comes to %j', (format) => {
    const renderer = rendererFor(format)
    fc.assert(
      fc.property(fc.oneof(recordLine, rawLine), (line) => {
        const before = Buffer.from(line)
        expect(renderer.render(line).at(-1)).toBe(NEWLINE)
        expect(line.equals(before), 'the line is as it was').toBe(true)
      }),
    )
  })

  test.each(FORMATS)('should leave a line unchanged when it is not a record, and the format is %j', (format) => {
    const renderer = rendererFor(format)
    fc.assert(
      fc.property(
        rawLine.filter((line) => !isRecord(line)),
        (line) => {
          expect(renderer.render(line)).toBe(line)
        },
      ),
    )
    for (const text of ['text\n', '42\n', 'null\n', '[1]\n', '"a"\n', '{"a":1\n', ' \n', '\n']) {
      const line = Buffer.from(text)
      expect(renderer.render(line), JSON.stringify(text)).toBe(line)
    }
  })

  test.each(FORMATS)('should render at a depth that it can, or not at all, when values are nested (%j)', (format) => {
    const renderer = rendererFor(format)
    for (const depth of [150, 1000, 10_000, 100_000]) {
      const line = Buffer.from(`{"msg":"deep","a":${'['.repeat(depth)}${']'.repeat(depth)}}\n`)
      expect(renderer.render(line) === line, `a record ${depth} deep passes as it is`).toBe(depth > 200)
    }
  })
})
