import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WholeLines } from './whole-lines.ts'

const TEXT = 'one\ntwö 😀\n\nlast\n'

test('should give whole lines and characters, and each once, wherever the bytes are split', () => {
  const bytes = Buffer.from(TEXT)
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
      const wholeLines = new WholeLines()
      let text = ''
      let count = 0
      let length = 0
      const ends = [...cuts.sort((a, b) => a - b), bytes.length]
      for (const [index, end] of ends.entries()) {
        const lines = wholeLines.add(bytes.subarray(ends[index - 1] ?? 0, end))
        expect(lines?.text ?? '\n').toMatch(/\n$/)
        text += lines?.text ?? ''
        count += lines?.count ?? 0
        length += lines?.bytes ?? 0
      }
      expect({ text, count, length }).toEqual({ text: TEXT, count: 4, length: bytes.length })
    }),
  )
})

test('should give nothing when a line has no end yet', () => {
  expect(new WholeLines().add(Buffer.from('half'))).toBeUndefined()
})
