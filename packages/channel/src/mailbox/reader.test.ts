import { appendFileSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { drain, forms, handMadeMailbox, openMailbox, openReader } from '../testing/mailbox.test-kit.ts'
import { comparePositions } from './position.ts'
import { MailboxReader, type ReadResult } from './reader.ts'

const UNUSED = '\0'.repeat(100)

function readerOf(
  files: Readonly<Record<string, string>>,
  position?: { sequence: number; offset: number },
): MailboxReader {
  const { mailboxes, id } = handMadeMailbox(files)
  return new MailboxReader(mailboxes, id, position)
}

/** One read of the usual kind. */
function read(reader: MailboxReader, probeNextSegment = false): ReadResult {
  return reader.read(Buffer.alloc(1000), 0, 1000, probeNextSegment)
}

describe('where a reader begins', () => {
  const chain = { '00000003.plain': 'c1\nc2\n\n', '00000004.mapped': `d1\nd2\n\n${UNUSED}`, '00000005.plain': 'e1\n' }

  test('should be the oldest segment when no position is known', () => {
    expect(drain(readerOf(chain))).toBe('c1\nc2\nd1\nd2\ne1\n')
  })

  test('should be the given position when the segment is there', () => {
    expect(drain(readerOf(chain, { sequence: 3, offset: 3 }))).toBe('c2\nd1\nd2\ne1\n')
    expect(drain(readerOf(chain, { sequence: 3, offset: 6 }))).toBe('d1\nd2\ne1\n')
    expect(drain(readerOf(chain, { sequence: 4, offset: 0 }))).toBe('d1\nd2\ne1\n')
    expect(drain(readerOf(chain, { sequence: 5, offset: 3 }))).toBe('')
  })

  test('should be the oldest segment when the journal is outdated and names one that was retired', () => {
    expect(drain(readerOf(chain, { sequence: 2, offset: 77 }))).toBe('c1\nc2\nd1\nd2\ne1\n')
  })

  test('should be the first segment to come when there is none yet', () => {
    const { mailboxes, id } = handMadeMailbox({})
    const reader = new MailboxReader(mailboxes, id)
    expect(drain(reader, { probeNextSegment: true })).toBe('')
    expect(reader.hasMore(true), 'the reader finds more').toBe(false)
    writeFileSync(join(mailboxes, id, '00000001.plain'), 'now\n')
    expect(drain(reader)).toBe('now\n')
  })

  test('should not be a segment that was handed back to the writer', () => {
    expect(drain(readerOf({ '00000001.free': 'stale\n', '00000002.mapped': `b\n${UNUSED}` }))).toBe('b\n')
  })

  test('should be refused with FUNNEL_MAILBOX_INVALID when the header is damaged', () => {
    const { mailboxes, id } = handMadeMailbox({ header: 'nonsense' })
    expect(() => new MailboxReader(mailboxes, id)).toThrow(expect.objectContaining({ code: 'FUNNEL_MAILBOX_INVALID' }))
  })

  test('should be the same when no segment stays open between two reads', () => {
    const reader = readerOf(chain)
    reader.keepOpen(false)
    expect(reader.hasMore(true)).toBe(true)
    expect(drain(reader)).toBe('c1\nc2\nd1\nd2\ne1\n')
    expect(reader.position).toEqual({ sequence: 5, offset: 3 })
    appendFileSync(join(reader.directory, '00000005.plain'), 'e2\n')
    expect(reader.hasMore(false)).toBe(true)
    expect(drain(reader)).toBe('e2\n')
    rmSync(join(reader.directory, '00000005.plain'))
    expect(reader.hasMore(false), 'it is not open').toBe(false)
  })

  test('should be an earlier position again after it was moved back', () => {
    const reader = readerOf(chain)
    const start = reader.position
    drain(reader)
    reader.rewind({ sequence: 4, offset: 3 })
    expect(drain(reader)).toBe('d2\ne1\n')
    reader.rewind(start)
    expect(reader.measure(), 'lines not read yet').toEqual({ bytes: 15, records: 5 })
  })

  test('should measure lines of any length', () => {
    const long = `${'x'.repeat(100_000)}\n`
    const reader = readerOf({ '00000001.plain': `a1\n${long}b1\n${long}` })
    expect(reader.measure()).toEqual({ bytes: 6 + 2 * long.length, records: 4 })
  })
})

describe('whether a reader has caught up', () => {
  test.each([
    ['a plain segment', { '00000001.plain': 'a1\na2\n' }],
    ['a mapped segment', { '00000001.mapped': `a1\na2\n${UNUSED}` }],
    ['a line that is being written', { '00000001.mapped': `a1\na2\na3${UNUSED}` }],
  ])('should be known of %s when all was read that is there', (_, files) => {
    const reader = readerOf(files)
    expect(read(reader)).toMatchObject({ to: 6 })
    expect(reader.hasCaughtUp).toBe(true)
  })

  /** A reader that has caught up, and the segment that it reads. */
  function caughtUp(): { reader: MailboxReader; segment: string } {
    const { mailboxes, id } = handMadeMailbox({ '00000001.plain': 'a1\n' })
    const reader = new MailboxReader(mailboxes, id)
    read(reader)
    expect(reader.hasCaughtUp).toBe(true)
    return { reader, segment: join(mailboxes, id, '00000001.plain') }
  }

  test('should be denied when the limit was reached', () => {
    const { reader, segment } = caughtUp()
    appendFileSync(segment, 'a2\na3\n')
    expect(reader.read(Buffer.alloc(5), 0, 5, false)).toMatchObject({ to: 6 })
    expect(reader.hasCaughtUp).toBe(false)
  })

  test('should be denied when there was an end mark', () => {
    const { reader, segment } = caughtUp()
    appendFileSync(segment, 'a2\n\n')
    expect(read(reader)).toMatchObject({ to: 6 })
    expect(reader.hasCaughtUp).toBe(false)
  })

  test('should be denied when the next segment is there, and none of its lines was read', () => {
    const { reader, segment } = caughtUp()
    appendFileSync(segment, 'a2\n')
    writeFileSync(segment.replace('1.plain', '2.plain'), 'b1\n')
    expect(read(reader, true)).toMatchObject({ sequence: 1, to: 6 })
    expect(reader.hasCaughtUp).toBe(false)
    expect(read(reader, true)).toMatchObject({ sequence: 2, to: 3 })
    expect(reader.hasCaughtUp).toBe(true)
  })
})

describe('a segment without an end mark', () => {
  const unmarked = { '00000001.plain': 'a\nto', '00000002.mapped': `b\n${UNUSED}`, '00000003.plain': 'c\n' }

  test('should be left only by a reader that probes the next segment', () => {
    const reader = readerOf(unmarked)
    expect(drain(reader)).toBe('a\n')
    expect(reader.position).toEqual({ sequence: 1, offset: 2 })
    expect(reader.hasMore(true), 'the reader finds more').toBe(true)
    expect(drain(reader, { probeNextSegment: true })).toBe('b\nc\n')
  })

  test('should have more only for a probe of the next segment when all of it was read', () => {
    const reader = readerOf({ '00000001.plain': 'a\n', '00000002.plain': 'b\n' })
    expect(drain(reader)).toBe('a\n')
    expect(reader.hasMore(false), 'the reader finds more at a glance').toBe(false)
    expect(reader.hasMore(true), 'the reader finds more').toBe(true)
  })

  test('should be read to its end before it is left, when the reader probes the next segment from the start', () => {
    expect(drain(readerOf(unmarked), { probeNextSegment: true })).toBe('a\nb\nc\n')
  })

  test('should not be left while there is no next segment, even by a reader that probes for it', () => {
    const { mailboxes, id } = handMadeMailbox({ '00000001.plain': 'a\n' })
    const reader = new MailboxReader(mailboxes, id)
    expect(drain(reader, { probeNextSegment: true })).toBe('a\n')
    writeFileSync(join(mailboxes, id, '00000001.plain'), 'more\n', { flag: 'a' })
    expect(drain(reader, { probeNextSegment: true })).toBe('more\n')
  })

  test('should be left by no read that has found it crowded', () => {
    const reader = readerOf({ '00000001.plain': `${'x'.repeat(200)}\n`, '00000002.plain': 'b\n' })
    expect(reader.read(Buffer.alloc(100), 0, 100, true)).toBe('crowded')
    expect(drain(reader, { probeNextSegment: true })).toBe(`${'x'.repeat(200)}\nb\n`)
  })
})

describe('an end mark', () => {
  test.each([
    ['plain', ''],
    ['mapped', UNUSED],
  ])('should never be given as a line when it comes with the last line or alone in a %s segment', (form, rest) => {
    const files = {
      [`00000001.${form}`]: `a\n\n${rest}`,
      [`00000002.${form}`]: `\n${rest}`,
      [`00000003.${form}`]: `c\n${rest}`,
    }
    expect(drain(readerOf(files))).toBe('a\nc\n')
    expect(drain(readerOf(files, { sequence: 1, offset: 2 })), 'from the mark on').toBe('c\n')
  })

  test('should hold the reader when the next segment is still to come', () => {
    const { mailboxes, id } = handMadeMailbox({ '00000001.plain': 'a\n\n' })
    const reader = new MailboxReader(mailboxes, id)
    expect(drain(reader)).toBe('a\n')
    expect(read(reader)).toBe('nothing')
    expect(reader.position).toEqual({ sequence: 1, offset: 2 })
    writeFileSync(join(mailboxes, id, '00000002.plain'), '')
    expect(read(reader)).toBe('nothing')
    expect(reader.position, 'the reader has moved on').toEqual({ sequence: 2, offset: 0 })
  })
})

describe.each(forms)('a %s mailbox that is given up', (form) => {
  test('should be gone with all its files, and leave nothing behind, when the reader deletes it', () => {
    const { channel, writer, reader } = openMailbox(form)
    for (let line = 0; line < 4000; line += 1) writer.append(`${'x'.repeat(100)}\n`)
    writer.seal()
    drain(reader, { probeNextSegment: true })
    reader.delete(channel.tmp)
    expect(readdirSync(channel.mailboxes), 'mailboxes').toEqual([])
    expect(readdirSync(channel.tmp), 'temporary files').toEqual([])
  })

  test('should be found by no reader when the deletion was cut off after its first step', () => {
    const { channel, writer } = openMailbox(form)
    writer.seal()
    const reader = openReader(channel, writer.id)
    rmSync(channel.tmp, { recursive: true })
    writeFileSync(channel.tmp, 'another file')
    expect(() => reader.delete(channel.tmp), 'a deletion that can not begin').toThrow(/ENOTDIR/)
    expect(existsSync(writer.directory), 'the mailbox is as it was').toBe(true)
  })

  test('should make append throw, and the process live on, when it was deleted under a live writer', () => {
    const { writer } = openMailbox(form)
    rmSync(writer.directory, { recursive: true })
    expect(() => {
      for (let line = 0; line < 4000; line += 1) writer.append(`${'x'.repeat(100)}\n`)
    }).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(() => writer.seal(), 'the seal has no place to go to').not.toThrow()
    expect(() => writer.append('late\n'), 'all was let go nevertheless').toThrow(/sealed/)
  })
})

describe('comparePositions', () => {
  test('should order by segment first, then by offset', () => {
    const ordered = [
      [1, 0],
      [1, 5],
      [2, 0],
      [2, 1],
      [10, 0],
    ].map(([sequence = 0, offset = 0]) => ({ sequence, offset }))
    expect([...ordered].reverse().sort(comparePositions)).toEqual(ordered)
    expect(comparePositions({ sequence: 3, offset: 4 }, { sequence: 3, offset: 4 })).toBe(0)
  })
})

describe('the code that a worker exits with', () => {
  test.each([
    ['0', 0],
    ['3', 3],
    ['-1', -1],
    ['', undefined],
    ['garbage', undefined],
  ])('should be the code of the file `left`, which holds %j', (left, code) => {
    const reader = readerOf({ left })
    expect(reader.ending.exitCode()).toBe(code)
    expect(reader.ending.hasLeft()).toBe(code !== undefined)
  })
})
