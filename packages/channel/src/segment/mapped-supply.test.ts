import * as real from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as fs from '../captured/fs.ts'
import { canMap, drain, numberedLine, openMailbox, patience, segmentsOf } from '../testing/mailbox.test-kit.ts'
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
})
