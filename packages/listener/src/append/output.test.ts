import * as fc from 'fast-check'
import type { LineRange } from '@pino-funnel/channel'
import { describe, expect, test } from 'vitest'
import type { Part } from '../batch/batch.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { Output, type Portion } from './output.ts'

interface TestBatch {
  readonly bytes: Buffer
  readonly parts: readonly Part[]
}

/** A batch of what each mailbox has given, as lines of these lengths. */
function batchOf(mailboxes: readonly (readonly number[])[]): TestBatch {
  const texts = mailboxes.map((lengths) => lengths.map((length) => `${'x'.repeat(length - 1)}\n`).join(''))
  const parts = texts.map((text, index) => ({
    entry: { id: `${index}` } as MailboxEntry,
    range: { sequence: index + 1, from: index * 7, to: index * 7 + text.length },
    records: mailboxes[index]?.length ?? 0,
  }))
  return { bytes: Buffer.from(texts.join('')), parts }
}

function countLines(bytes: Buffer): number {
  return bytes.filter((byte) => byte === 0x0a).length
}

/** Pieces of one mailbox that follow each other, as one. */
function joined(parts: readonly Part[]): [string, LineRange, number][] {
  const result: [string, LineRange, number][] = []
  for (const { entry, range, records } of parts) {
    const last = result.at(-1)
    if (last?.[0] === entry.id && last[1].to === range.from)
      result[result.length - 1] = [entry.id, { ...range, from: last[1].from }, last[2] + records]
    else result.push([entry.id, range, records])
  }
  return result
}

function expectSound(portion: Portion): void {
  const { bytes, parts } = portion
  expect(bytes.at(-1), 'a portion ends with a whole line').toBe(0x0a)
  let at = 0
  for (const { range, records } of parts) {
    const length = range.to - range.from
    expect(length, 'no part is empty').toBeGreaterThan(0)
    expect(records).toBe(countLines(bytes.subarray(at, at + length)))
    at += length
  }
  expect(at, 'the parts make up the portion').toBe(bytes.length)
}

describe('Output', () => {
  test('should give everything at once, with the parts as they were, when there is room', () => {
    const batch = batchOf([[5, 6], [7]])
    const output = new Output(batch)
    const portion = output.take(Infinity, false)
    expect(portion?.bytes).toEqual(batch.bytes)
    expect(portion?.parts).toEqual(batch.parts)
    expect(output.isEmpty).toBe(true)
  })

  test('should be empty when the batch is', () => {
    expect(new Output(batchOf([])).isEmpty).toBe(true)
  })

  test('should give nothing when the next line does not fit, and go on with it when there is more room', () => {
    const output = new Output(batchOf([[5, 6]]))
    expect(output.take(0, false)).toBeUndefined()
    expect(output.take(4, false)).toBeUndefined()
    expect(output.take(5, false)?.bytes).toHaveLength(5)
    expect(output.take(5, false)).toBeUndefined()
    expect(output.take(6, false)?.bytes).toHaveLength(6)
    expect(output.isEmpty).toBe(true)
  })

  test('should give one line that is too long when there has to be one', () => {
    const output = new Output(batchOf([[50, 6]]))
    expect(output.take(0, true)?.bytes).toHaveLength(50)
    expect(output.take(10, true)?.bytes).toHaveLength(6)
  })

  test('should give whole lines, all of them once, and never more than there is room for, when rooms differ', () => {
    const line = fc.integer({ min: 1, max: 30 })
    const mailboxes = fc.array(fc.array(line, { minLength: 1, maxLength: 8 }), { maxLength: 5 })
    const rooms = fc.infiniteStream(fc.tuple(fc.oneof(fc.nat({ max: 80 }), fc.constant(Infinity)), fc.boolean()))
    fc.assert(
      fc.property(mailboxes, rooms, (lengths, asked) => {
        const batch = batchOf(lengths)
        const output = new Output(batch)
        const portions: Portion[] = []
        for (const [room, atLeastOne] of asked) {
          if (output.isEmpty) break
          const portion = output.take(room, atLeastOne)
          const length = portion?.bytes.length ?? 0
          const isOneLine = portion !== undefined && countLines(portion.bytes) === 1
          expect(portion !== undefined || !atLeastOne, 'there is a line where there has to be one').toBe(true)
          expect(length <= room || (atLeastOne && isOneLine), `${length} bytes for a room of ${room}`).toBe(true)
          if (!portion) continue
          expectSound(portion)
          portions.push(portion)
        }
        expect(Buffer.concat(portions.map(({ bytes }) => bytes))).toEqual(batch.bytes)
        expect(joined(portions.flatMap(({ parts }) => parts))).toEqual(
          batch.parts.map(({ entry, range, records }) => [entry.id, range, records]),
        )
      }),
      { numRuns: 1000 },
    )
  })

  test('should take as many lines as there is room for when more are there', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), fc.nat({ max: 100 }), (lengths, room) => {
        const batch = batchOf([lengths])
        const portion = new Output(batch).take(room, false)
        const next = batch.bytes.indexOf('\n', portion?.bytes.length ?? 0) + 1
        expect(next === 0 || next > room, 'no other line would have fitted').toBe(true)
      }),
    )
  })
})
