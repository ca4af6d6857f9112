import { describe, expect, test } from 'vitest'
import { drain, forms, numberedLine, openMailbox, patience, segmentsOf } from '../testing/mailbox.test-kit.ts'
import { MAX_LINE_BYTES } from './line.ts'

const LARGEST_SEGMENT = 1024 * 1024

describe.each(forms)('a %s mailbox with big lines', patience, (form) => {
  test.each([
    ['the first segment', 64 * 1024],
    ['half of the largest segment', LARGEST_SEGMENT / 2],
    ['the largest segment', LARGEST_SEGMENT],
    ['the limit', MAX_LINE_BYTES],
  ])('should give them whole, between short ones, when they are about as long as %s', (_, length) => {
    const { writer, reader } = openMailbox(form)
    const lines = [-2, -1, 0, 1, 2]
      .map((more) => length + more)
      .filter((bytes) => bytes <= MAX_LINE_BYTES)
      .flatMap((bytes, number) => [numberedLine(number), numberedLine(number, bytes), numberedLine(number)])
    let read = ''
    for (const line of lines) {
      writer.append(line)
      read += drain(reader, { window: 4 * 1024 * 1024 })
    }
    expect(read.length, 'characters read').toBe(lines.join('').length)
    expect(read === lines.join(''), 'the reader gives exactly what was written').toBe(true)
  })

  test('should hold a record that says so in the place of a line when that is longer than the limit', () => {
    const { writer, reader } = openMailbox(form)
    writer.append('before\n')
    writer.append(numberedLine(1, MAX_LINE_BYTES + 1))
    writer.append('after\n')
    const [before, stand = '', after, ...more] = drain(reader).split('\n')
    expect([before, after, ...more]).toEqual(['before', 'after', ''])
    expect(JSON.parse(stand)).toMatchObject({
      level: 30,
      bytes: MAX_LINE_BYTES + 1,
      msg: `pino-funnel: a record of ${MAX_LINE_BYTES + 1} bytes was cut, the limit is ${MAX_LINE_BYTES}`,
      head: expect.stringMatching(/^\{"level":30,"n":1,/) as string,
    })
  })

  test('should count bytes, not characters, when it compares a line with the limit', () => {
    const { writer, reader } = openMailbox(form)
    const fits = `${'€'.repeat(MAX_LINE_BYTES / 3)}\n`
    expect(Buffer.byteLength(fits)).toBe(MAX_LINE_BYTES)
    writer.append(fits)
    writer.append(`€${fits}`)
    const [first, second = ''] = drain(reader).split('\n')
    expect(`${first}\n` === fits, 'a line of exactly the limit is whole').toBe(true)
    expect(JSON.parse(second)).toHaveProperty('bytes', MAX_LINE_BYTES + 3)
  })

  test('should put a line that takes most of a segment into a plain one of its own, and go on as before', () => {
    const { writer, reader } = openMailbox(form)
    const lines = [numberedLine(1, 700_000), numberedLine(2, 800_000), numberedLine(3), numberedLine(4, 300_000)]
    for (const line of lines) writer.append(line)
    expect(segmentsOf(writer).slice(1, 3)).toEqual(['00000002.plain', '00000003.plain'])
    expect(drain(reader)).toBe(lines.join(''))
  })

  test.each([1000, 100, 10, 1])(
    'should be called crowded, and stay readable, when a line is %d bytes too long',
    (more) => {
      const { writer, reader } = openMailbox(form)
      const line = numberedLine(1, 30_000)
      writer.append(line)
      writer.append('next\n')
      const target = Buffer.alloc(60_000, 'x')
      const { position } = reader
      expect(reader.read(target, 0, line.length - more, true)).toBe('crowded')
      expect(reader.position, 'the reader stays where it was').toEqual(position)
      expect(reader.read(target, 5, line.length, true)).toEqual({ sequence: 1, from: 0, to: line.length })
      expect(target.toString('utf8', 5, 5 + line.length), 'the line lies where it was asked for').toBe(line)
      expect(drain(reader)).toBe('next\n')
    },
  )
})
