import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  canMap,
  drain,
  numberedLine,
  openMailbox,
  patience,
  openReader,
  segmentsOf,
} from '../testing/mailbox.test-kit.ts'
import { createMappedSegment } from '../segment/segment-draft.ts'
import { segmentFileName } from '../segment/segment-name.ts'
import type { MailboxWriter } from './writer.ts'

const SEGMENT = 1024 * 1024
const LINE = 8 * 1024

let number = 0

/** Appends lines until the chain has gone on to its next segment. @returns what was appended */
function fillSegment(writer: MailboxWriter, lineBytes = LINE): string {
  const { sequence } = writer.position
  let written = ''
  while (writer.position.sequence === sequence) {
    const line = numberedLine((number += 1), lineBytes)
    writer.append(line)
    written += line
  }
  return written
}

/** The states of all segments but the one in use, such as `['free', 'free']`. */
function states(writer: MailboxWriter): string[] {
  return segmentsOf(writer)
    .slice(0, -1)
    .map((name) => name.slice(name.indexOf('.') + 1))
}

describe.skipIf(!canMap)('recycling of mapped segments', patience, () => {
  test('should go on for ever with the same few files when the reader keeps up', () => {
    const { writer, reader } = openMailbox('mapped')
    for (let round = 0; round < 3; round += 1) fillSegment(writer)
    drain(reader)
    reader.retireBefore(reader.position.sequence)
    for (let round = 0; round < 20; round += 1) {
      const written = fillSegment(writer)
      expect(drain(reader) === written, `round ${round}: exactly what was written is read`).toBe(true)
      reader.retireBefore(reader.position.sequence)
      expect(segmentsOf(writer).length, `round ${round}: files of the chain`).toBeLessThanOrEqual(3)
    }
    expect(writer.position.sequence, 'the sequence has grown with each use').toBe(24)
  })

  test('should show nothing of an earlier use when later lines are fewer and shorter', () => {
    const { channel, writer, reader } = openMailbox('mapped')
    const give = (): void => {
      drain(reader)
      reader.retireBefore(reader.position.sequence)
    }
    for (let round = 0; round < 2; round += 1) fillSegment(writer)
    give()
    for (let round = 0; round < 2; round += 1) fillSegment(writer)
    give()
    const returned = segmentsOf(writer).map((name) => statSync(join(writer.directory, name)).ino)
    fillSegment(writer)
    const { sequence, offset } = writer.position
    const path = join(writer.directory, segmentFileName(sequence, 'mapped'))
    expect(returned, 'files that were there before').toContain(statSync(path).ino)
    const bytes = readFileSync(path)
    expect(bytes.length, 'the size of the recycled file').toBe(SEGMENT)
    expect(
      bytes.subarray(offset).findIndex((byte) => byte !== 0),
      'the first byte after the last line that is not NUL',
    ).toBe(-1)
    const fresh = openReader(channel, writer.id, { sequence, offset })
    const short = Array.from({ length: 300 }, (_, line) => `${line}\n`)
    for (const line of short) writer.append(line)
    expect(drain(fresh), 'only lines of this use are read').toBe(short.join(''))
  })

  test('should return two segments to the writer and delete the others when the reader has fallen behind', () => {
    const { writer, reader } = openMailbox('mapped')
    for (let round = 0; round < 8; round += 1) fillSegment(writer)
    expect(states(writer), 'nothing is given up before it is retired').toEqual(Array(8).fill('mapped'))
    drain(reader)
    reader.retireBefore(reader.position.sequence)
    expect(states(writer), 'the chain has shrunk').toEqual(['free', 'free'])
    for (let round = 0; round < 4; round += 1) {
      const written = fillSegment(writer)
      expect(drain(reader) === written, `round ${round}: exactly what was written is read`).toBe(true)
      reader.retireBefore(reader.position.sequence)
    }
    expect(segmentsOf(writer).length, 'files of the chain').toBeLessThanOrEqual(4)
  })

  test('should not touch what the reader holds when the writer needs room', () => {
    const { writer, reader } = openMailbox('mapped')
    let written = ''
    for (let round = 0; round < 6; round += 1) written += fillSegment(writer)
    expect(segmentsOf(writer).length, 'files of the chain').toBe(7)
    expect(drain(reader) === written, 'all of it is read').toBe(true)
  })

  test('should throw a returned segment away when it has become too small', () => {
    const { writer, reader } = openMailbox('mapped')
    fillSegment(writer)
    fillSegment(writer)
    drain(reader)
    reader.retireBefore(reader.position.sequence)
    expect(states(writer), 'the segments of 64 and 256 KiB are free').toEqual(['free', 'free'])
    const written = fillSegment(writer)
    expect(states(writer), 'neither is used again').toEqual(['mapped'])
    expect(drain(reader) === written, 'exactly what was written is read').toBe(true)
  })

  test('should go on when another reader takes over and finds segments that were returned before', () => {
    const { channel, writer, reader } = openMailbox('mapped')
    for (let round = 0; round < 6; round += 1) fillSegment(writer)
    drain(reader)
    reader.retireBefore(reader.position.sequence)
    const second = openReader(channel, writer.id, reader.position)
    for (let round = 0; round < 10; round += 1) {
      const written = fillSegment(writer) + fillSegment(writer)
      expect(drain(second) === written, `round ${round}: exactly what was written is read`).toBe(true)
      second.retireBefore(second.position.sequence)
    }
    expect(segmentsOf(writer).length, 'files of the chain').toBeLessThanOrEqual(5)
  })

  test('should be given up behind one that can not be, which is tried again', () => {
    const { writer, reader } = openMailbox('mapped')
    for (let round = 0; round < 4; round += 1) fillSegment(writer)
    drain(reader)
    // A file can't take the name of a directory, also for root.
    const stuck = join(writer.directory, segmentFileName(1, 'free'))
    mkdirSync(stuck)
    expect(() => reader.retireBefore(4)).toThrow('EISDIR')
    expect(
      [2, 3].filter((sequence) => existsSync(join(writer.directory, segmentFileName(sequence, 'mapped')))),
    ).toEqual([])
    rmdirSync(stuck)
    expect(() => reader.retireBefore(4)).not.toThrow()
  })

  test('should leave a returned segment alone when another reader retires up to the same place', () => {
    const { channel, writer, reader } = openMailbox('mapped')
    for (let round = 0; round < 4; round += 1) fillSegment(writer)
    drain(reader)
    const second = openReader(channel, writer.id, { sequence: 1, offset: 0 })
    reader.retireBefore(3)
    const before = segmentsOf(writer)
    second.retireBefore(3)
    expect(segmentsOf(writer)).toEqual(before)
  })

  test('should know which end owns a segment when it was left, returned and deleted', () => {
    const { writer, reader } = openMailbox('mapped')
    const segment = createMappedSegment(writer.directory, 90, 4096)
    expect(segment.ownership()).toBe('held')
    reader.retireBefore(91)
    expect(existsSync(join(writer.directory, '00000090.mapped')), 'the reader has let go of it').toBe(false)
    expect(segment.ownership()).toBe('returned')
    segment.discard()
    expect(existsSync(join(writer.directory, '00000090.free')), 'the writer has deleted it').toBe(false)
  })
})
