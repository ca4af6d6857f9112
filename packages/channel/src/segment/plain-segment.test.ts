import * as real from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, onTestFinished, vi } from 'vitest'
import * as fs from '../captured/fs.ts'
import { drain, openMailbox, segmentsOf, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { PlainSegment } from './plain-segment.ts'

vi.mock('../captured/fs.ts', async (importOriginal) => {
  const original = await importOriginal<typeof fs>()
  return { ...original, writeSync: vi.fn<typeof fs.writeSync>(original.writeSync) }
})

const writeSync = vi.mocked(fs.writeSync)

afterEach(() => {
  writeSync.mockReset()
  writeSync.mockImplementation(real.writeSync)
})

/** Stores the first bytes of what it is given, and says so, as a full disk does. */
function storesOnly(bytes: number): void {
  writeSync.mockImplementationOnce((descriptor: number, data: unknown) =>
    real.writeSync(descriptor, Buffer.from(data as string).subarray(0, bytes)),
  )
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up by the test, write`), { code })
}

function failsWith(code: string): void {
  writeSync.mockImplementationOnce(() => {
    throw systemError(code)
  })
}

function openSegment(capacity = 1000): { segment: PlainSegment; content: () => string } {
  const mailbox = temporaryDirectory()
  const segment = PlainSegment.create(mailbox, 1, capacity)
  onTestFinished(() => segment.close())
  return { segment, content: () => real.readFileSync(join(mailbox, '00000001.plain'), 'utf8') }
}

const ENOSPC = expect.objectContaining({ code: 'ENOSPC' }) as Error

describe('a plain segment', () => {
  test('should hold the whole line when the system stores it in pieces', () => {
    const { segment, content } = openSegment()
    for (const bytes of [1, 5, 9]) {
      storesOnly(bytes)
      expect(segment.append('0123€567\n'), `stored after ${bytes} bytes`).toBe(true)
    }
    expect(content()).toBe('0123€567\n'.repeat(3))
    expect(segment.offset).toBe(Buffer.byteLength(content()))
  })

  test('should throw, and take the next line in its place, when nothing of a line could be stored', () => {
    const { segment, content } = openSegment()
    segment.append('first\n')
    failsWith('ENOSPC')
    expect(() => segment.append('lost\n')).toThrow(ENOSPC)
    expect(segment.append('second\n'), 'the segment takes a line again').toBe(true)
    expect(content()).toBe('first\nsecond\n')
  })

  test('should take no line any more, and cut nothing away, when a part of a line could be stored', () => {
    const { segment, content } = openSegment()
    segment.append('first\n')
    storesOnly(2)
    failsWith('ENOSPC')
    expect(() => segment.append('lost\n')).toThrow(ENOSPC)
    expect(segment.append('second\n'), 'the segment takes a line').toBe(false)
    segment.markEnd()
    expect(content(), 'no end mark makes a line of the torn one').toBe('first\nlo')
    expect(segment.offset, 'the position is that of the last whole line').toBe(6)
  })

  test('should say nothing when there is no room for the end mark', () => {
    const { segment, content } = openSegment()
    segment.append('first\n')
    failsWith('ENOSPC')
    expect(() => segment.markEnd()).not.toThrow()
    expect(content()).toBe('first\n')
  })

  test('should refuse a line when it does not fit', () => {
    const { segment } = openSegment(10)
    expect(segment.append('12345678\n')).toBe(true)
    expect(segment.append('€')).toBe(false)
    expect(segment.append('\n')).toBe(true)
    expect(segment.append('\n')).toBe(false)
  })
})

describe('a plain mailbox', () => {
  test('should go on in the next segment when a line was torn, and give all lines but that one', () => {
    const { writer, reader } = openMailbox('plain')
    writer.append('first\n')
    storesOnly(3)
    failsWith('EDQUOT')
    expect(() => writer.append('torn\n')).toThrow(expect.objectContaining({ code: 'EDQUOT' }))
    expect(drain(reader, { probeNextSegment: true }), 'while the line is torn').toBe('first\n')
    writer.append('second\n')
    expect(segmentsOf(writer)).toEqual(['00000001.plain', '00000002.plain'])
    expect(drain(reader), 'a reader that trusts in end marks').toBe('')
    expect(drain(reader, { probeNextSegment: true }), 'a reader that probes the next segment').toBe('second\n')
  })

  test('should make no new segment for each line when there is no room at all', () => {
    const { writer, reader } = openMailbox('plain')
    writer.append('first\n')
    for (let time = 0; time < 50; time += 1) {
      failsWith('ENOSPC')
      expect(() => writer.append('lost\n')).toThrow(ENOSPC)
    }
    writer.append('second\n')
    expect(segmentsOf(writer)).toEqual(['00000001.plain'])
    expect(drain(reader)).toBe('first\nsecond\n')
  })

  test('should have the torn line left behind when the reader gives the segment up', () => {
    const { writer, reader } = openMailbox('plain')
    storesOnly(3)
    failsWith('ENOSPC')
    expect(() => writer.append('torn\n')).toThrow(ENOSPC)
    writer.append('second\n')
    drain(reader, { probeNextSegment: true })
    reader.retireBefore(reader.position.sequence)
    expect(segmentsOf(writer)).toEqual(['00000002.plain'])
  })
})
