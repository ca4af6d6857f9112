import * as real from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as fs from '../captured/fs.ts'
import { drain, forms, handMadeMailbox, numberedLine, openMailbox, segmentsOf } from '../testing/mailbox.test-kit.ts'
import { MailboxReader } from './reader.ts'

vi.mock('../captured/fs.ts', async (importOriginal) => {
  const original = await importOriginal<typeof fs>()
  return {
    ...original,
    openSync: vi.fn<typeof fs.openSync>(original.openSync),
    readSync: vi.fn<typeof fs.readSync>(original.readSync),
  }
})

const openSync = vi.mocked(fs.openSync)
const readSync = vi.mocked(fs.readSync)

afterEach(() => {
  openSync.mockReset()
  openSync.mockImplementation(real.openSync)
  readSync.mockReset()
  readSync.mockImplementation(real.readSync)
})

describe.each(forms)('the chain of a %s mailbox', (form) => {
  test('should not be ended by a next segment that can not be made: shorter lines still go where there is room', () => {
    const { writer, reader } = openMailbox(form)
    const taken = [numberedLine(0, 60_000)]
    openSync.mockImplementation((path, ...rest) => {
      if (typeof path === 'string' && /00000002|next$/.test(path)) {
        throw Object.assign(new Error('EMFILE: made up by the test'), { code: 'EMFILE' })
      }
      return real.openSync(path, ...rest)
    })
    writer.append(taken.join(''))
    let read = ''
    for (let number = 1; number < 5; number += 1) {
      expect(() => writer.append(numberedLine(number, 10_000))).toThrow(expect.objectContaining({ code: 'EMFILE' }))
      read += drain(reader, { probeNextSegment: true })
      taken.push(numberedLine(number, 100))
      writer.append(numberedLine(number, 100))
    }
    expect(segmentsOf(writer).length, 'segments').toBe(1)
    openSync.mockImplementation(real.openSync)
    taken.push(numberedLine(5, 10_000))
    writer.append(numberedLine(5, 10_000))
    read += drain(reader)
    expect(writer.position.sequence, 'the chain has gone on').toBe(2)
    expect(read).toBe(taken.join(''))
  })
})

describe('a reader that probes the next segment', () => {
  test('should miss no line when one is written, and a next segment begun, between its read and its probe', () => {
    const { mailboxes, id } = handMadeMailbox({ '00000001.plain': 'a\n' })
    const put = (name: string, text: string): void => real.appendFileSync(join(mailboxes, id, name), text)
    const reader = new MailboxReader(mailboxes, id)
    expect(drain(reader, { probeNextSegment: true })).toBe('a\n')
    readSync.mockImplementationOnce((...args: unknown[]) => {
      const count = real.readSync(...(args as Parameters<typeof fs.readSync>))
      // The writer is faster than the reader, and dies before it marks the end.
      put('00000001.plain', 'b\n')
      put('00000002.plain', 'c\n')
      return count
    })
    expect(drain(reader, { probeNextSegment: true }) + drain(reader, { probeNextSegment: true })).toBe('b\nc\n')
    reader.close()
  })
})
