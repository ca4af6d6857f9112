import * as fc from 'fast-check'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { drain, handMadeMailbox, patience, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { toLine } from './line.ts'
import { readAgain } from '../segment/find-segment.ts'
import { MailboxReader } from './reader.ts'

const END_MARK = '\n'

interface Segment {
  /** Bytes of the file when all of it has been written. */
  readonly bytes: Buffer
  readonly lines: readonly string[]
}

const segment: fc.Arbitrary<Segment> = fc
  .record({
    records: fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { minLength: 1, maxLength: 8 }),
    marked: fc.boolean(),
  })
  .map(({ records, marked }) => {
    const lines = records.map(toLine)
    return { bytes: Buffer.from(lines.join('') + (marked ? END_MARK : '')), lines }
  })

/** The lines that lie wholly before byte `end`. */
function wholeLines({ lines }: Segment, end: number): string {
  let text = ''
  for (const line of lines) {
    if (Buffer.byteLength(text + line) > end) break
    text += line
  }
  return text
}

/** One mailbox, whose only segment is replaced for each read. */
function openReads(form: 'plain' | 'mapped'): (bytes: Uint8Array, window: number) => string {
  const { mailboxes, id } = handMadeMailbox({})
  return (bytes, window) => {
    writeFileSync(join(mailboxes, id, `00000001.${form}`), bytes)
    const reader = new MailboxReader(mailboxes, id)
    try {
      return drain(reader, { window, probeNextSegment: true })
    } finally {
      reader.close()
    }
  }
}

const window = fc.integer({ min: 1, max: 200 })

describe('what a reader takes from a segment that is being written', patience, () => {
  test('should be the whole lines before the cut when a plain file ends at any byte', () => {
    const read = openReads('plain')
    fc.assert(
      fc.property(segment, window, (all, size) => {
        for (let cut = 0; cut <= all.bytes.length; cut += 1) {
          expect(read(all.bytes.subarray(0, cut), size), `cut at ${cut}`).toBe(wholeLines(all, cut))
        }
      }),
      { numRuns: 12 },
    )
  })

  test('should be the whole lines before the cut when a mapped file is NUL from any byte on', () => {
    const read = openReads('mapped')
    fc.assert(
      fc.property(segment, window, fc.integer({ min: 0, max: 70 }), (all, size, unused) => {
        for (let cut = 0; cut <= all.bytes.length; cut += 1) {
          const bytes = Buffer.alloc(all.bytes.length + unused)
          all.bytes.copy(bytes, 0, 0, cut)
          expect(read(bytes, size), `NUL from ${cut} on`).toBe(wholeLines(all, cut))
        }
      }),
      { numRuns: 12 },
    )
  })

  test('should be the whole lines before the first hole when any bytes have not arrived yet', () => {
    const read = openReads('mapped')
    const holes = fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(segment, window, holes, (all, size, places) => {
        const bytes = Buffer.concat([all.bytes, Buffer.alloc(8)])
        for (const place of places) bytes[place % all.bytes.length] = 0
        expect(read(bytes, size)).toBe(wholeLines(all, bytes.indexOf(0)))
      }),
      { numRuns: 1000 },
    )
  })

  test('should add up to all lines, each once, when bytes arrive in any order and the reader reads in between', () => {
    const { mailboxes, id } = handMadeMailbox({})
    const path = join(mailboxes, id, '00000001.mapped')
    fc.assert(
      fc.property(segment, fc.infiniteStream(fc.nat()), (all, random) => {
        const missing = [...all.bytes.keys()]
        const bytes = Buffer.alloc(all.bytes.length + 1)
        writeFileSync(path, bytes)
        const reader = new MailboxReader(mailboxes, id)
        let read = ''
        try {
          while (missing.length > 0) {
            const [arriving = 0] = missing.splice((random.next().value ?? 0) % Math.min(missing.length, 5), 1)
            bytes[arriving] = all.bytes[arriving] ?? 0
            // In place, as memory is: a rewrite of the file would cut it for a moment.
            writeFileSync(path, bytes, { flag: 'r+' })
            read += drain(reader)
          }
          expect(read).toBe(all.lines.join(''))
        } finally {
          reader.close()
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('readAgain', () => {
  test('should give the bytes of any range that was read, none from a segment that is gone, and nothing from one that was cut', () => {
    const mailbox = temporaryDirectory()
    writeFileSync(join(mailbox, '00000001.plain'), 'one\ntwo\n')
    writeFileSync(join(mailbox, '00000002.mapped'), 'three\nfour\n\0\0')
    expect(readAgain(mailbox, { sequence: 1, from: 4, to: 8 })?.toString()).toBe('two\n')
    expect(readAgain(mailbox, { sequence: 2, from: 0, to: 11 })?.toString()).toBe('three\nfour\n')
    expect(readAgain(mailbox, { sequence: 1, from: 4, to: 20 }), 'beyond the end').toBe(undefined)
    expect(readAgain(mailbox, { sequence: 1, from: 8, to: 20 }), 'from a segment that was cut').toBe(undefined)
    expect(readAgain(mailbox, { sequence: 3, from: 0, to: 5 })?.length, 'from a segment that is gone').toBe(0)
  })
})
