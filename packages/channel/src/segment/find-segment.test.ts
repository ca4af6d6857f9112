import * as real from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import * as fs from '../captured/fs.ts'
import { drain, handMadeMailbox, openMailbox, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { MailboxReader } from '../mailbox/reader.ts'
import { LaterSegments } from './find-segment.ts'

vi.mock('../captured/fs.ts', async (importOriginal) => {
  const original = await importOriginal<typeof fs>()
  return {
    ...original,
    readdirSync: vi.fn<typeof fs.readdirSync>(original.readdirSync),
    statSync: vi.fn<typeof fs.statSync>(original.statSync),
  }
})

const listings = vi.mocked(fs.readdirSync)

beforeEach(() => {
  listings.mockClear()
})

interface Scene {
  readonly later: LaterSegments
  put(this: void, name: string): void
  remove(this: void, name: string): void
  pass(this: void, ms: number): void
}

function mailbox(...names: string[]): Scene {
  const directory = temporaryDirectory()
  const put = (name: string): void => real.writeFileSync(join(directory, name), '')
  for (const name of names) put(name)
  // Or the next change may come within the same tick of the kernel, and not change them.
  real.utimesSync(directory, 1, 1)
  let now = 0
  const later = new LaterSegments(directory, () => now)
  return {
    later,
    put,
    remove: (name) => real.rmSync(join(directory, name), { recursive: true }),
    pass: (ms) => void (now += ms),
  }
}

/** As a file system does that keeps whole seconds, after a change that was seen in the same second. */
function freezeTimes(): void {
  const times = vi.mocked(fs.statSync)
  const original = times.getMockImplementation()
  const frozen = { mtimeNs: 1n, ctimeNs: 1n } as real.BigIntStats
  times.mockImplementation(() => frozen)
  onTestFinished(() => void times.mockImplementation(original!))
}

describe('later segments', () => {
  test('should be found without listing the directory again when it does not change', () => {
    const { later, pass } = mailbox('00000001.plain')
    for (let times = 0; times < 100; times += 1) {
      expect(later.areAfter(1, 'cheaply')).toBe(false)
      pass(250)
    }
    expect(listings, 'listings in 25 s').toHaveBeenCalledTimes(2)
  })

  test('should be found at once after any change of the directory', () => {
    const { later, put, remove, pass } = mailbox('00000001.plain')
    expect(later.areAfter(1, 'cheaply')).toBe(false)
    pass(10_000)
    expect(later.areAfter(1, 'cheaply')).toBe(false)
    put('00000003.plain')
    expect(later.areAfter(1, 'cheaply'), 'the next one is missing').toBe(true)
    expect(later.areAfter(3, 'cheaply')).toBe(false)
    remove('00000003.plain')
    pass(2101)
    expect(later.areAfter(1, 'cheaply')).toBe(false)
  })

  test('should be found at once when the next one comes with a change that was seen, and later when that is missing', () => {
    const { later, put, remove, pass } = mailbox('00000001.plain')
    freezeTimes()
    expect(later.areAfter(1, 'cheaply')).toBe(false)
    put('00000002.plain')
    expect(later.areAfter(1, 'cheaply')).toBe(true)
    remove('00000002.plain')
    put('00000003.plain')
    expect(later.areAfter(1, 'cheaply')).toBe(false)
    pass(2101)
    expect(later.areAfter(1, 'cheaply')).toBe(true)
  })

  test('should be found after half a minute where the times of a directory do not change', () => {
    const { later, put, pass } = mailbox('00000001.plain')
    freezeTimes()
    for (const ms of [2101, 1]) {
      later.areAfter(1, 'cheaply')
      pass(ms)
    }
    put('00000002.plain')
    expect(later.areAfter(1, 'cheaply')).toBe(false)
    pass(30_001)
    expect(later.areAfter(1, 'cheaply')).toBe(true)
  })

  test('should be none in a mailbox that is not there', () => {
    const { later, remove } = mailbox('00000001.plain')
    remove('.')
    expect(later.areAfter(1, 'cheaply')).toBe(false)
  })
})

describe('a reader that probes', () => {
  test('should not list the directory each time when it probes cheaply', () => {
    const { writer, reader } = openMailbox('plain')
    writer.append('a\n')
    drain(reader)
    listings.mockClear()
    for (let times = 0; times < 50; times += 1) {
      expect(reader.hasMore(true)).toBe(false)
      expect(drain(reader, { probeNextSegment: 'cheaply' })).toBe('')
    }
    expect(listings.mock.calls.length, 'listings for 100 probes').toBeLessThan(10)
  })

  test('should list it each time when lines may be given up on the answer', () => {
    const { mailboxes, id } = handMadeMailbox({ '00000001.plain': 'a\n' })
    const reader = new MailboxReader(mailboxes, id)
    drain(reader)
    freezeTimes()
    drain(reader, { probeNextSegment: 'cheaply' })
    real.writeFileSync(join(mailboxes, id, '00000003.plain'), 'c\n')
    expect(drain(reader, { probeNextSegment: 'cheaply' })).toBe('')
    expect(reader.hasLaterSegments()).toBe(true)
    expect(drain(reader, { probeNextSegment: true })).toBe('c\n')
    reader.close()
  })
})
