import * as fc from 'fast-check'
import { MailboxReader, type LineRange } from '@pino-funnel/channel'
import { describe, expect, test, vi } from 'vitest'
import { Batch } from './batch.ts'
import { lineOf, openMailbox, patience, temporaryChannel } from '../testing/channel.test-kit.ts'

const KIB = 1024
const SHARE = 256 * KIB

function write({ writer }: ReturnType<typeof openMailbox>, ...lines: string[]): void {
  for (const line of lines) writer.append(line)
}

/** What the parts of a batch say that it holds, by mailbox. */
function textByMailbox(batch: Batch): Map<string, string> {
  const texts = new Map<string, string>()
  let at = 0
  for (const { entry, range } of batch.parts) {
    const length = range.to - range.from
    texts.set(entry.id, (texts.get(entry.id) ?? '') + batch.bytes.toString('utf8', at, at + length))
    at += length
  }
  expect(at, 'the parts make up the whole batch').toBe(batch.bytes.length)
  return texts
}

function expectJoined(ranges: readonly LineRange[]): void {
  const starts = ranges.map(({ from }) => from)
  const expected = ranges.map(({ sequence }, index) => {
    const before = ranges[index - 1]
    return before?.sequence === sequence ? before.to : 0
  })
  expect(starts, 'each range begins where the one before it has ended').toEqual(expected)
}

describe('Batch', patience, () => {
  test('should hold the lines of all mailboxes, and say whose they are and how many', () => {
    const channel = temporaryChannel()
    const [a, b, c] = [openMailbox(channel), openMailbox(channel), openMailbox(channel)]
    write(a, 'a1\n', 'a2\n')
    write(b, 'b1\n')
    const batch = new Batch()
    expect(batch.fill(a.entry, false)).toBe('lines')
    expect(batch.fill(b.entry, false)).toBe('lines')
    expect(batch.fill(c.entry, false)).toBe('nothing')
    expect(batch.bytes.toString()).toBe('a1\na2\nb1\n')
    expect(batch.parts.map(({ entry, records }) => [entry.id, records])).toEqual([
      [a.writer.id, 2],
      [b.writer.id, 1],
    ])
  })

  test('should be empty when it is used again', () => {
    const a = openMailbox(temporaryChannel())
    write(a, 'a1\n')
    const batch = new Batch()
    batch.fill(a.entry, false)
    batch.clear()
    expect(batch.bytes).toHaveLength(0)
    expect(batch.parts).toHaveLength(0)
  })

  test('should take no more than a share from a mailbox that has more, and leave room for others', () => {
    const channel = temporaryChannel()
    const mailboxes = [openMailbox(channel), openMailbox(channel), openMailbox(channel), openMailbox(channel)]
    for (const mailbox of mailboxes) for (let i = 0; i < 400; i += 1) write(mailbox, lineOf(`${i}`, KIB))
    const batch = new Batch()
    for (const { entry } of mailboxes) {
      expect(batch.isFull).toBe(false)
      expect(batch.fill(entry, false)).toBe('share')
    }
    expect(batch.isFull).toBe(true)
    for (const [, text] of textByMailbox(batch)) {
      expect(text.length).toBeLessThanOrEqual(SHARE)
      expect(text.length).toBeGreaterThan(SHARE - 2 * KIB)
    }
  })

  test('should have no room for a line longer than a share when it holds others, and take it when it is alone', () => {
    const channel = temporaryChannel()
    const [small, large] = [openMailbox(channel), openMailbox(channel)]
    const line = lineOf('large', 3 * KIB * KIB)
    write(small, 'small\n')
    write(large, line, 'next\n')
    const batch = new Batch()
    batch.fill(small.entry, false)
    expect(batch.fill(large.entry, false)).toBe('no room')
    expect(batch.bytes.toString()).toBe('small\n')
    batch.clear()
    expect(batch.fill(large.entry, false)).toBe('share')
    expect(batch.bytes.toString()).toBe(line)
    batch.clear()
    expect(batch.fill(large.entry, false)).toBe('lines')
    expect(batch.bytes.toString()).toBe('next\n')
  })

  test('should take the lines before a long one when they come from the same mailbox', () => {
    const mailbox = openMailbox(temporaryChannel())
    const line = lineOf('large', SHARE + 1)
    write(mailbox, 'before\n', line)
    const batch = new Batch()
    expect(batch.fill(mailbox.entry, false)).toBe('share')
    expect(batch.bytes.toString()).toBe('before\n')
    batch.clear()
    expect(batch.fill(mailbox.entry, false)).toBe('share')
    expect(batch.bytes.toString()).toBe(line)
  })

  test('should not read on, line by line, behind a writer that is as fast', () => {
    const { writer, entry } = openMailbox(temporaryChannel())
    const read = vi.spyOn(entry.reader, 'read')
    read.mockImplementation((...args) => {
      const result = MailboxReader.prototype.read.apply(entry.reader, args)
      writer.append('written meanwhile\n')
      return result
    })
    writer.append('first\n')
    const batch = new Batch()
    expect(batch.fill(entry, false)).toBe('lines')
    expect(batch.bytes.toString()).toBe('first\n')
    expect(read).toHaveBeenCalledOnce()
  })

  test('should read on where a segment has ended', () => {
    const mailbox = openMailbox(temporaryChannel())
    const lines = Array.from({ length: 100 }, (_, index) => lineOf(`${index}`, KIB))
    write(mailbox, ...lines)
    expect(mailbox.writer.position.sequence).toBeGreaterThan(1)
    const batch = new Batch()
    expect(batch.fill(mailbox.entry, false)).toBe('lines')
    expect(batch.bytes.toString()).toBe(lines.join(''))
  })

  test('should bring every line once, and in its order, when lines of any length come from several mailboxes', () => {
    const length = fc.oneof(fc.integer({ min: 10, max: 200 }), fc.integer({ min: 100 * KIB, max: 600 * KIB }))
    const lengths = fc.array(fc.array(length, { maxLength: 8 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(lengths, (all) => {
        const channel = temporaryChannel()
        const mailboxes = all.map((each) => {
          const mailbox = openMailbox(channel)
          const lines = each.map((size, index) => lineOf(`${index}`, size))
          write(mailbox, ...lines)
          return { entry: mailbox.entry, expected: lines.join(''), found: '', ranges: [] as LineRange[] }
        })
        const batch = new Batch()
        for (let more = true; more;) {
          batch.clear()
          // As in the collector: a mailbox that finds no room is at the head of the next batch.
          const waiting = mailboxes.filter(({ entry }) => batch.isFull || batch.fill(entry, true) === 'no room')
          mailboxes.sort((x, y) => Number(waiting.includes(y)) - Number(waiting.includes(x)))
          const texts = textByMailbox(batch)
          for (const mailbox of mailboxes) mailbox.found += texts.get(mailbox.entry.id) ?? ''
          for (const { entry, range } of batch.parts)
            mailboxes.find((mailbox) => mailbox.entry === entry)?.ranges.push(range)
          more = batch.parts.length > 0 || waiting.length > 0
        }
        for (const { expected, found, ranges } of mailboxes) {
          expect(found).toBe(expected)
          expectJoined(ranges)
        }
      }),
      { numRuns: 25 },
    )
  })
})
