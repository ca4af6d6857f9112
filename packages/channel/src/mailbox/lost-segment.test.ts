import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, onTestFinished, vi, type MockInstance } from 'vitest'
import * as fs from '../captured/fs.ts'
import {
  canMap,
  drain,
  profileOf,
  numberedLine,
  openReader,
  segmentsOf,
  temporaryChannel,
  type TestMailbox,
} from '../testing/mailbox.test-kit.ts'
import { LifeSign } from '../liveness/life-sign.ts'
import type { FunnelError } from '../util/errors.ts'
import { NO_LIMITS } from './quota.ts'
import { MailboxWriter } from './writer.ts'

vi.mock('../captured/fs.ts', async (importOriginal) => {
  const original = await importOriginal<typeof fs>()
  return { ...original, statSync: vi.fn<typeof fs.statSync>(original.statSync) }
})

const KB = 1024

function openMapped(): TestMailbox & { readonly warnings: FunnelError[] } {
  const channel = temporaryChannel()
  const warnings: FunnelError[] = []
  const writer = new MailboxWriter(channel, profileOf(), 'mapped', NO_LIMITS, (error) => warnings.push(error))
  onTestFinished(() => writer.seal())
  return { channel, writer, reader: openReader(channel, writer.id), warnings }
}

/** As another program does, such as `find -exec truncate -s 0`: a store beyond the end is a SIGBUS from now on. */
function cut(writer: MailboxWriter, name: string, size = 0): void {
  truncateSync(join(writer.directory, name), size)
}

/** The life sign is the last one that a writer closes. */
function spyOnEnd(): MockInstance<LifeSign['close']> {
  const close = vi.spyOn(LifeSign.prototype, 'close')
  onTestFinished(() => close.mockRestore())
  return close
}

function lines(count: number, bytes: number, from = 0): string[] {
  return Array.from({ length: count }, (_, number) => numberedLine(from + number, bytes))
}

describe.skipIf(!canMap)('a mapped segment whose file takes no stores any more', () => {
  test('should hand its record over to a plain one when the file was cut, and be mapped again after that', () => {
    const { writer, reader, warnings } = openMapped()
    for (const line of lines(3, KB)) writer.append(line)
    const read = drain(reader)
    cut(writer, '00000001.mapped')
    const later = lines(600, KB, 3)
    for (const line of later) writer.append(line)
    expect(read + drain(reader, { probeNextSegment: true })).toBe([...lines(3, KB), ...later].join(''))
    expect(segmentsOf(writer)).toEqual(['00000001.mapped', '00000002.plain', '00000003.mapped'])
    expect(warnings.map(({ code }) => code)).toEqual(['FUNNEL_SEGMENT_LOST'])
    expect(warnings[0]?.message).toContain(`${writer.id}/00000001.mapped`)
  })

  test.each([8, 12, 16])('should have each line once, whole, when the file is cut to %d KiB under a block', (size) => {
    const { writer, reader } = openMapped()
    for (const line of lines(5, KB)) writer.append(line)
    cut(writer, '00000001.mapped', size * KB)
    const block = lines(20, KB, 5)
    const taken = writer.appendBlock(block.join('')) / KB
    for (const line of block.slice(taken)) writer.append(line)
    const all = [...lines(5, KB), ...block].join('')
    expect(drain(reader, { probeNextSegment: true }) === all, `each once, in order; ${taken} from the block`).toBe(true)
    expect(writer.position.sequence).toBe(2)
  })

  test('should have a line once, whole, when the file is cut in the middle of it', () => {
    const { writer, reader } = openMapped()
    for (const line of lines(5, KB)) writer.append(line)
    cut(writer, '00000001.mapped', 8 * KB)
    const long = numberedLine(5, 20 * KB)
    writer.append(long)
    writer.append('after it\n')
    const all = [...lines(5, KB), long, 'after it\n'].join('')
    expect(drain(reader, { probeNextSegment: true }) === all, 'each once, in order').toBe(true)
  })

  test('should not be used again when it was cut after the reader has returned it', () => {
    const { writer, reader, warnings } = openMapped()
    const give = (): string => {
      const read = drain(reader)
      reader.retireBefore(reader.position.sequence)
      return read
    }
    let written = ''
    let read = ''
    for (const line of lines(1500, KB)) written += (writer.append(line), line)
    read += give()
    for (const name of segmentsOf(writer)) if (name.endsWith('.free')) cut(writer, name)
    for (const line of lines(4000, KB, 1500)) written += (writer.append(line), line)
    read += give()
    expect(read === written, 'exactly what was written is read').toBe(true)
    expect(warnings, 'nothing is lost').toEqual([])
  })

  test('should be reported when the chain moves on, and not be used again, when the file was cut in the middle of a page', () => {
    const { writer, reader, warnings } = openMapped()
    for (const line of lines(3, KB)) writer.append(line)
    cut(writer, '00000001.mapped', 3 * KB)
    const { sequence } = writer.position
    writer.append(numberedLine(3, 500))
    expect(warnings, 'a store into the same page succeeds').toEqual([])
    for (const line of lines(100, KB)) writer.append(line)
    expect(writer.position.sequence).toBeGreaterThan(sequence)
    expect(warnings.map(({ code }) => code)).toEqual(['FUNNEL_SEGMENT_LOST'])
    expect(drain(reader, { probeNextSegment: true }).startsWith(lines(3, KB).join(''))).toBe(true)
  })

  test('should be reported after all else when the mailbox is sealed', () => {
    const channel = temporaryChannel()
    const closed = spyOnEnd()
    const ends: number[] = []
    const writer = new MailboxWriter(channel, profileOf(), 'mapped', NO_LIMITS, () => {
      ends.push(closed.mock.calls.length)
    })
    writer.append(numberedLine(0, KB))
    cut(writer, '00000001.mapped', 500)
    writer.seal()
    expect(ends, 'life signs that had ended at each report').toEqual([1])
  })

  test('should cost no record, and keep nothing open, when the system does not say whether its file was cut', () => {
    const { writer, reader, warnings } = openMapped()
    const closed = spyOnEnd()
    const statSync = vi.mocked(fs.statSync)
    const original = statSync.getMockImplementation()
    onTestFinished(() => void statSync.mockImplementation(original!))
    // As after setuid(2), to a process that reaches its mailbox by /proc/self/fd.
    statSync.mockImplementation(() => {
      throw Object.assign(new Error('EACCES: made up by the test'), { code: 'EACCES' })
    })
    const all = lines(500, KB)
    for (const line of all) writer.append(line)
    expect(writer.position.sequence, 'the chain has gone on').toBe(3)
    writer.seal()
    expect(closed, 'the end of the life sign').toHaveBeenCalledOnce()
    expect(drain(reader) === all.join(''), 'each line is read once').toBe(true)
    expect(warnings).toEqual([])
  })

  test('should leave the writer alive when the header was cut, whose bell it reads', () => {
    const { writer } = openMapped()
    expect(writer.bell.isCheapToRead).toBe(true)
    cut(writer, 'header')
    expect(writer.bell.sleepNumber()).toBe(0)
    expect(writer.bell.isCheapToRead).toBe(false)
    writer.append('goes on\n')
  })
})
