import { expect, test } from 'vitest'
import type { Batch } from '../engine/engine.ts'
import { outgoing, type Transform } from './outgoing.ts'

const LOG = 'a'.repeat(32)
const MOST = 2000

function batchOf(text: string, from = 1000): Batch {
  const bytes = Buffer.from(text)
  return { from, to: from + bytes.length, bytes, records: text.split('\n').length - 1 }
}

test('should leave a batch as it is when nothing is to be changed', () => {
  const batch = batchOf('{"level":30}\n{"level":40}\n')
  expect(outgoing(batch, LOG, MOST, { tooLong: 'cut' }).batch).toBe(batch)
})

test('should leave out records below the level, and keep those without one, and where each began', () => {
  const lines = ['{"level":20}', '{"level":30}', 'a text', '{"level":"debug"}', '{"level":"error"}']
  const { batch } = outgoing(batchOf(lines.map((line) => `${line}\n`).join('')), LOG, MOST, {
    level: 30,
    tooLong: 'cut',
  })
  expect(batch?.bytes.toString()).toBe('{"level":30}\na text\n{"level":"error"}\n')
  expect(batch).toMatchObject({ from: 1000, records: 3, offsets: [13, 26, 51] })
})

test('should give the transform the id that the record has in the log, and ship what it returns', () => {
  const ids: string[] = []
  const transform: Transform = (line, { id }) => {
    ids.push(id)
    return line.includes('secret') ? undefined : line.toUpperCase()
  }
  const { batch } = outgoing(batchOf('one\nsecret\nthree\n'), LOG, MOST, { transform, tooLong: 'cut' })
  expect(ids).toEqual([`${LOG}-1000`, `${LOG}-1004`, `${LOG}-1011`])
  expect(batch?.bytes.toString()).toBe('ONE\nTHREE\n')
  expect(batch?.offsets).toEqual([0, 11])
})

test('should have nothing to ship when all records are left out', () => {
  const transform: Transform = () => undefined
  expect(outgoing(batchOf('one\n'), LOG, MOST, { transform, tooLong: 'cut' }).batch).toBeUndefined()
})

test.each([
  [
    'throws',
    (): string => {
      throw new Error('no')
    },
  ],
  ['returns a number', (() => 7) as unknown as Transform],
  ['returns two lines', (): string => 'a\nb'],
])('should refuse the record when the transform %s', (_, transform) => {
  expect(() => outgoing(batchOf('one\n'), LOG, MOST, { transform, tooLong: 'cut' })).toThrow(/record a{32}-1000/)
})

test('should cut a record that is longer than the engine takes, and say its id and length', () => {
  const long = `{"level":50,"msg":"${'ü'.repeat(3000)}"}`
  const { batch, tooLong } = outgoing(batchOf(`{"n":1}\n${long}\n`), LOG, MOST, { tooLong: 'cut' })
  const [first, second = ''] = batch?.bytes.toString().split('\n') ?? []
  expect(first).toBe('{"n":1}')
  expect(JSON.parse(second)).toMatchObject({
    level: 50,
    funnel: { event: 'ship-cut', id: `${LOG}-1008`, bytes: Buffer.byteLength(long) },
  })
  expect(Buffer.byteLength(second)).toBeLessThan(MOST)
  expect(tooLong).toBe(1)
})

test('should leave out and count a record that is longer than the engine takes when asked to skip it', () => {
  const { batch, tooLong } = outgoing(batchOf(`one\n${'x'.repeat(3000)}\n`), LOG, MOST, { tooLong: 'skip' })
  expect(batch?.bytes.toString()).toBe('one\n')
  expect(tooLong).toBe(1)
})

test('should end the last line of a file that has no newline', () => {
  const { batch } = outgoing(batchOf('one\ntwo'), LOG, MOST, { tooLong: 'cut' })
  expect(batch?.bytes.toString()).toBe('one\ntwo\n')
})
