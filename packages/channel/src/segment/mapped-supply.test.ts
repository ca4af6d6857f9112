import * as real from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as fs from '../captured/fs.ts'
import {
  canMap,
  drain,
  numberedLine,
  openMailbox,
  patience,
  segmentsOf,
  temporaryDirectory,
} from '../testing/mailbox.test-kit.ts'
import type { MailboxWriter } from '../mailbox/writer.ts'

vi.mock('../captured/fs.ts', async (importOriginal) => {
  const original = await importOriginal<typeof fs>()
  return { ...original, writeSync: vi.fn<typeof fs.writeSync>(original.writeSync) }
})

const writeSync = vi.mocked(fs.writeSync)

afterEach(() => {
  writeSync.mockReset()
  writeSync.mockImplementation(real.writeSync)
})

const onLinux = process.platform === 'linux'
const KB = 1024
const SEGMENT = 1024 * KB
let number = 0

/** @returns zeros that a log call had to write, in bytes */
function append(writer: MailboxWriter, bytes = KB): number {
  let zeros = 0
  writeSync.mockImplementation((descriptor, data, ...rest) => {
    const written = real.writeSync(descriptor, data as unknown as Buffer, ...(rest as []))
    zeros += written
    return written
  })
  writer.append(numberedLine((number += 1), bytes))
  return zeros
}

function isDrafted(writer: MailboxWriter): boolean {
  return real.existsSync(join(writer.directory, 'next'))
}

/** Appends until the chain is in a segment of the largest size, so that the next one has that size, too. */
function growUp(writer: MailboxWriter): void {
  while (writer.position.sequence < 4) append(writer)
}

/** @param end - of the path of an open file */
function descriptorOf(end: string): number {
  const open = real.readdirSync('/proc/self/fd').find((entry) => linkOf(`/proc/self/fd/${entry}`)?.endsWith(end))
  if (open === undefined) throw new Error(`Expected the writer to have a file ${end} open`)
  return Number(open)
}

function linkOf(path: string): string | undefined {
  try {
    return real.readlinkSync(path)
  } catch {
    return undefined
  }
}

/** Opens a file until it has this descriptor. @returns all that were opened */
function openAs(descriptor: number, path: string): number[] {
  const opened: number[] = []
  while (opened.at(-1) !== descriptor && opened.length < 100) opened.push(real.openSync(path, 'r+'))
  expect(opened.at(-1), 'the descriptor that the file has got').toBe(descriptor)
  return opened
}

function deletedMappings({ id }: MailboxWriter): number {
  const maps = real.readFileSync('/proc/self/maps', 'utf8').split('\n')
  return maps.filter((line) => line.includes(id) && line.endsWith('(deleted)')).length
}

describe.skipIf(!canMap)('the next mapped segment', patience, () => {
  test('should be made in small parts when the reader returns none', () => {
    const { writer } = openMailbox('mapped')
    growUp(writer)
    const zeros: number[] = []
    for (const { sequence } = writer.position; writer.position.sequence === sequence;) zeros.push(append(writer))
    const total = zeros.reduce((sum, bytes) => sum + bytes, 0)
    expect(total, 'zeros of all calls together').toBe(SEGMENT)
    expect(zeros.at(-1), 'zeros of the call that moves on').toBe(0)
    expect(Math.max(...zeros), 'most zeros of one call').toBeLessThanOrEqual(32 * KB)
    expect(isDrafted(writer)).toBe(false)
  })

  test('should be one that was returned, and no new file, when the reader keeps up', () => {
    const { writer, reader } = openMailbox('mapped')
    growUp(writer)
    const drafted: boolean[] = []
    for (let line = 0; line < 5000; line += 1) {
      append(writer)
      drain(reader)
      reader.retireBefore(reader.position.sequence)
      drafted.push(isDrafted(writer))
    }
    // One was begun while the reader had returned none.
    expect(drafted.slice(1500)).not.toContain(true)
    expect(segmentsOf(writer).length).toBeLessThanOrEqual(3)
  })

  test('should be tried once for each segment, and the chain go on, when there is no room for it', () => {
    const { writer, reader } = openMailbox('mapped')
    growUp(writer)
    let tries = 0
    writeSync.mockImplementation((descriptor, data, ...rest) => {
      if (typeof data === 'string') return real.writeSync(descriptor, data, ...(rest as []))
      tries += 1
      throw Object.assign(new Error('ENOSPC: made up by the test'), { code: 'ENOSPC' })
    })
    const { sequence } = writer.position
    let written = drain(reader)
    let all = written
    while (writer.position.sequence === sequence) {
      const line = numberedLine((number += 1), KB)
      writer.append(line)
      written += line
      all += drain(reader)
    }
    expect(tries, 'while it is filled, and when the chain moves on').toBe(2)
    expect(segmentsOf(writer).at(-1)).toBe('00000005.plain')
    expect(isDrafted(writer)).toBe(false)
    all += drain(reader)
    expect(all === written, 'each line is read once').toBe(true)
  })

  test('should be mapped, when another program has deleted the file that was made ready', () => {
    const { writer } = openMailbox('mapped')
    growUp(writer)
    while (!isDrafted(writer)) append(writer)
    real.unlinkSync(join(writer.directory, 'next'))
    while (writer.position.sequence < 5) append(writer)
    expect(segmentsOf(writer).at(-1)).toBe('00000005.mapped')
  })

  test('should be mapped, when another program has deleted the returned segment that was made ready', () => {
    const { writer, reader } = openMailbox('mapped')
    // The first two are too small for another use.
    for (const sequence of [4, 5]) {
      while (writer.position.sequence < sequence) append(writer)
      drain(reader)
      reader.retireBefore(reader.position.sequence)
    }
    for (let kilobytes = 0; kilobytes < 300; kilobytes += 1) append(writer)
    const returned = segmentsOf(writer).filter((name) => name.endsWith('.free'))
    expect(returned.length, 'segments that were returned').toBeGreaterThan(0)
    for (const name of returned) real.unlinkSync(join(writer.directory, name))
    while (writer.position.sequence < 6) append(writer)
    expect(segmentsOf(writer).at(-1)).toBe('00000006.mapped')
  })

  test.skipIf(!onLinux)(
    'should leave a file of the application alone that has got the number of its descriptor',
    () => {
      const { writer, reader } = openMailbox('mapped')
      growUp(writer)
      while (!isDrafted(writer)) append(writer)
      drain(reader)
      const path = join(temporaryDirectory(), 'application.db')
      real.writeFileSync(path, 'data')
      const descriptor = descriptorOf(`${writer.id}/next`)
      real.closeSync(descriptor)
      const opened = openAs(descriptor, path)
      const { sequence } = writer.position
      const lines = Array.from({ length: 1000 }, (_, line) => numberedLine(line, KB))
      for (const line of lines) writer.append(line)
      writer.seal()
      expect(writer.position.sequence, 'the chain has gone on').toBe(sequence + 1)
      expect(drain(reader) === lines.join(''), 'each line is read once').toBe(true)
      expect(real.readFileSync(path, 'utf8')).toBe('data')
      expect(real.fstatSync(descriptor).size, 'the file is still open').toBe(4)
      for (const each of opened) real.closeSync(each)
    },
  )

  test.skipIf(!onLinux)('should not keep the blocks of segments that the reader has deleted after a burst', () => {
    const { writer, reader } = openMailbox('mapped')
    while (writer.position.sequence < 14 || !isDrafted(writer)) append(writer)
    drain(reader)
    reader.retireBefore(reader.position.sequence)
    expect(deletedMappings(writer), 'when they are deleted').toBe(11)
    for (let kilobytes = 0; kilobytes < 20 * 8; kilobytes += 1) append(writer)
    expect(writer.position.sequence, 'in the same segment').toBe(14)
    expect(deletedMappings(writer), 'after 20 stretches').toBe(0)
  })
})
