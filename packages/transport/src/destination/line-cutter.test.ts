import { MAX_LINE_BYTES } from '@pino-funnel/channel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineCutter } from './line-cutter.ts'

/** What a cutter makes of chunks, the rest at the end included. */
function cutAll(chunks: readonly string[]): string {
  const cutter = new LineCutter()
  return chunks.map((chunk) => cutter.cut(chunk)).join('') + cutter.rest()
}

/** The chunks of a text that is cut at these places. */
function chunksOf(text: string, places: readonly number[]): string[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].toSorted((a, b) => a - b)
  return [...ends, text.length].map((end, index) => text.slice(ends[index - 1] ?? 0, end))
}

const line = fc.oneof(
  fc.json({ depthSize: 'small' }),
  fc.object({ maxDepth: 1 }).map((value) => JSON.stringify(value)),
  // Text that begins with an object, and is cut behind it, is taken for a record.
  fc.string().map((text) => text.replaceAll(/\n|^\{/g, '')),
)
const places = fc.array(fc.nat())

describe('lines that come in chunks', () => {
  test('should be what was written, wherever the chunks end', () => {
    const lines = fc.array(line).map((all) => all.map((each) => `${each}\n`).join(''))
    fc.assert(fc.property(lines, places, (text, cuts) => cutAll(chunksOf(text, cuts)) === text))
  })

  test('should be given as soon as they are whole', () => {
    const cutter = new LineCutter()
    expect(cutter.cut('one\ntwo\nth')).toBe('one\ntwo\n')
    expect(cutter.cut('re')).toBe('')
    expect(cutter.hasBegun).toBe(true)
    expect(cutter.cut('e\n')).toBe('three\n')
    expect(cutter.hasBegun).toBe(false)
  })

  test('should be bounded when no newline comes', () => {
    const cutter = new LineCutter()
    const piece = 'x'.repeat(MAX_LINE_BYTES / 4)
    const given = Array.from({ length: 9 }, () => cutter.cut(piece).length)
    expect(given).toEqual([0, 0, 0, 0, 5 * piece.length + 1, 0, 0, 0, 0])
  })
})

describe('a record without a newline', () => {
  const records = fc.array(
    fc.object({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
    { minLength: 1 },
  )

  test('should be given at once when it is JSON, each as a line, wherever the chunks end', () => {
    fc.assert(
      fc.property(records, places, (all, cuts) => {
        const cutter = new LineCutter()
        const given = chunksOf(all.join(''), cuts).map((chunk) => cutter.cut(chunk))
        return given.join('') === all.map((record) => `${record}\n`).join('') && !cutter.hasBegun
      }),
    )
  })

  test('should not become two lines when its newline comes later', () => {
    expect(cutAll(['{"a":1}', '\n{"b":2}', '\n', '{"c":3}\n', '\n'])).toBe('{"a":1}\n{"b":2}\n{"c":3}\n\n')
  })

  test.each([['{not JSON}'], ['{"a":1} and more'], ['text {"a":1}'], ['{}, ']])(
    'should wait for its end when it is %s',
    (text) => {
      const cutter = new LineCutter()
      expect(cutter.cut(text)).toBe('')
      expect(cutter.cut('.\n')).toBe(`${text}.\n`)
    },
  )
})
