import { describe, expect, test, onTestFinished } from 'vitest'
import {
  drain,
  forms,
  profileOf,
  numberedLine,
  openMailbox,
  patience,
  openReader,
  segmentsOf,
  temporaryChannel,
} from '../testing/mailbox.test-kit.ts'
import { toLine } from './line.ts'
import { MailboxWriter } from './writer.ts'

/** Fills the first segment (64 KiB), the second (256 KiB) and several of the largest (1 MiB). */
const MANY_SEGMENTS = 4 * 1024 * 1024

function linesOf(bytes: number): string[] {
  const lines: string[] = []
  for (let length = 0, number = 0; length < bytes; number += 1) {
    const line = numberedLine(number, 20 + ((number * 7919) % 3000))
    lines.push(line)
    length += line.length
  }
  return lines
}

describe("a mailbox's header", () => {
  test('should be read whole when its options are long', () => {
    const channel = temporaryChannel()
    const application = `/${'x'.repeat(60_000)}`
    const writer = new MailboxWriter(channel, { ...profileOf(), application }, 'plain')
    onTestFinished(() => writer.seal())
    expect(openReader(channel, writer.id).profile.application).toBe(application)
  })
})

describe.each(forms)('a %s mailbox', patience, (form) => {
  test('should hold nothing to read when it is new', () => {
    const { writer, reader } = openMailbox(form)
    expect(drain(reader)).toBe('')
    expect(reader.hasMore(true), 'the reader finds more').toBe(false)
    expect(reader.position).toEqual(writer.position)
    expect(reader.profile.file).toBe('app.log')
  })

  test('should give each line once, whole and in order, when reader and writer take turns', () => {
    const { writer, reader } = openMailbox(form)
    for (const line of linesOf(50_000)) {
      writer.append(line)
      expect(reader.hasMore(false), 'the reader finds more at a glance').toBe(true)
      expect(drain(reader)).toBe(line)
      expect(reader.hasMore(true), 'the reader finds more').toBe(false)
      expect(reader.position, 'the reader stands where the writer does').toEqual(writer.position)
    }
  })

  test('should give all lines in order when they roll over many segments before the first is read', () => {
    const { writer, reader } = openMailbox(form)
    const lines = linesOf(MANY_SEGMENTS)
    for (const line of lines) writer.append(line)
    expect(segmentsOf(writer).length, 'segments of the chain').toBeGreaterThan(4)
    expect(drain(reader) === lines.join(''), 'the reader gives exactly what was written').toBe(true)
    expect(reader.position, 'the reader stands where the writer does').toEqual(writer.position)
  })

  test('should give all lines in order when they come in blocks, and one by one where a block does not fit', () => {
    const { writer, reader } = openMailbox(form)
    const lines = linesOf(MANY_SEGMENTS)
    let refused = 0
    for (let from = 0; from < lines.length; from += 10) {
      const block = lines.slice(from, from + 10)
      const taken = writer.appendBlock(block.join(''))
      expect([0, block.join('').length], 'all or nothing, on a disk with room').toContain(taken)
      if (taken > 0) continue
      refused += 1
      for (const line of block) writer.append(line)
    }
    expect(refused, 'blocks that met the end of a segment').toBeGreaterThan(4)
    expect(drain(reader) === lines.join(''), 'the reader gives exactly what was written').toBe(true)
    expect(reader.position, 'the reader stands where the writer does').toEqual(writer.position)
  })

  test('should give all lines in order when the reader takes them in between, in windows of any size', () => {
    const { writer, reader } = openMailbox(form)
    const lines = linesOf(MANY_SEGMENTS)
    let read = ''
    for (const [number, line] of lines.entries()) {
      writer.append(line)
      if (number % 37 === 0)
        read += drain(reader, { window: 1 + ((number * 31) % 40_000), probeNextSegment: number % 2 === 0 })
    }
    read += drain(reader)
    expect(read === lines.join(''), 'the reader gives exactly what was written').toBe(true)
  })

  test.each([-2, -1, 0, 1, 2])(
    'should give all lines when the first segment has room for one less %d bytes',
    (more) => {
      const { writer, reader } = openMailbox(form)
      const room = form === 'mapped' ? 64 * 1024 - 1 : 64 * 1024
      const lines = [numberedLine(0, 60_000), numberedLine(1, room - 60_000 + more), numberedLine(2)]
      for (const line of lines) writer.append(line)
      expect(writer.position.sequence, 'the segment of the last line').toBe(2)
      expect(drain(reader)).toBe(lines.join(''))
    },
  )

  test('should give a line back byte for byte when it has characters of any length, or halves of them', () => {
    const { writer, reader } = openMailbox(form)
    const texts = ['ascii', 'é'.repeat(700), '€uro', '😀'.repeat(300), '\ud83d alone', 'also \ude00', 'last \ud83d', '']
    const lines = Array.from({ length: 400 }, (_, number) => toLine(`${number} ${texts[number % texts.length]}`))
    for (const line of lines) writer.append(line)
    // A half of a surrogate pair has no UTF-8: it becomes U+FFFD, as everywhere in Node.js.
    expect(drain(reader)).toBe(Buffer.from(lines.join('')).toString('utf8'))
    expect(reader.position, 'the reader stands where the writer does').toEqual(writer.position)
  })

  test('should be left half-way and gone on with by another reader when that is given the position', () => {
    const { channel, writer, reader } = openMailbox(form)
    const lines = linesOf(600_000)
    const half = lines.length / 2
    for (const line of lines.slice(0, half)) writer.append(line)
    drain(reader)
    const second = openReader(channel, writer.id, reader.position)
    for (const line of lines.slice(half)) writer.append(line)
    expect(drain(second) === lines.slice(half).join(''), 'the second reader goes on where the first stood').toBe(true)
  })

  test('should still give its lines when its writer has sealed it', () => {
    const { writer, reader } = openMailbox(form)
    const lines = linesOf(400_000)
    for (const line of lines) writer.append(line)
    expect(reader.ending.isSealed(), 'sealed before seal()').toBe(false)
    writer.seal()
    expect(reader.ending.isSealed(), 'sealed after seal()').toBe(true)
    expect(drain(reader, { probeNextSegment: true }) === lines.join(''), 'all lines are there after the seal').toBe(
      true,
    )
  })

  test('should refuse a line, and leave nothing of it, when it was sealed', () => {
    const { writer, reader } = openMailbox(form)
    writer.append('last\n')
    const { position } = writer
    writer.seal()
    expect(() => writer.append('late\n')).toThrow(expect.objectContaining({ code: 'FUNNEL_DESTINATION_ENDED' }))
    expect(() => writer.append('x'.repeat(100_000))).toThrow(/sealed/)
    expect(writer.position).toEqual(position)
    expect(drain(reader, { probeNextSegment: true })).toBe('last\n')
  })

  test('should do nothing more when it is sealed again', () => {
    const { writer } = openMailbox(form)
    for (const line of linesOf(400_000)) writer.append(line)
    writer.seal()
    expect(() => writer.seal()).not.toThrow()
    expect(writer.bell.sleepNumber() > 0, 'a closed bell wants to be rung').toBe(false)
  })
})
