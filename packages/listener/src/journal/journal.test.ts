import * as fc from 'fast-check'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Journal } from './journal.ts'
import { advance, decodeEntries, type Intent, type JournalState } from './journal-entry.ts'
import { patience } from '../testing/channel.test-kit.ts'
import { MemoryFiles } from '../testing/memory-files.test-kit.ts'

const PATH = 'journal'

const mailbox = fc.constantFrom('a', 'b', 'c').map((letter) => letter.repeat(32))
const count = fc.nat({ max: 1 << 30 })
const range = fc
  .record({ mailbox, sequence: count, from: count, length: count, records: count })
  .map(({ length, ...rest }) => ({ ...rest, to: rest.from + length }))
const intent: fc.Arbitrary<Intent> = fc.record({
  file: fc.constantFrom('app.log', 'access.log', 'fehler – 1.log'),
  identity: fc.string(),
  offset: count,
  ranges: fc.array(range, { maxLength: 4 }),
})
const position = fc.record({ sequence: count, offset: count, records: count, bytes: count })
const positions = fc.array(fc.tuple(mailbox, position)).map((pairs) => new Map(pairs))
const state: fc.Arbitrary<JournalState> = fc
  .record({ boot: fc.string(), positions, intents: fc.uniqueArray(intent, { selector: ({ file }) => file }) })
  .map(({ intents, ...rest }) => ({ ...rest, inDoubt: new Map(intents.map((one) => [one.file, one])) }))

const EMPTY: JournalState = { boot: '', positions: new Map(), inDoubt: new Map() }
const INTENT: Intent = {
  file: 'app.log',
  identity: '1:2',
  offset: 10,
  ranges: [{ mailbox: 'a'.repeat(32), sequence: 1, from: 0, to: 5, records: 2 }],
}

interface Written {
  readonly bytes: Buffer
  readonly expected: JournalState
}

/** What may come after a checkpoint: an intent, or the name of a file that is let go. */
const entry = fc.oneof(
  { weight: 3, arbitrary: intent },
  intent.map(({ file }) => file),
)

/** A journal with a checkpoint and entries after it, and what must be known from it. */
const written: fc.Arbitrary<Written> = fc.tuple(state, fc.array(entry, { maxLength: 8 })).map(([first, entries]) => {
  const files = new MemoryFiles()
  const journal = new Journal(files, PATH)
  journal.checkpoint(first)
  const reached = new Map(first.positions)
  const inDoubt = new Map(first.inDoubt)
  for (const next of entries) {
    const file = typeof next === 'string' ? next : next.file
    const before = inDoubt.get(file)
    if (before) advance(reached, before.ranges)
    inDoubt.delete(file)
    if (typeof next === 'string') {
      journal.recordClosed(next)
    } else {
      journal.record(next)
      inDoubt.set(file, next)
    }
  }
  return { bytes: Buffer.from(files.read(PATH) ?? []), expected: { boot: first.boot, positions: reached, inDoubt } }
})

function journalOf(bytes: Buffer): Journal {
  const files = new MemoryFiles()
  files.contents.set(PATH, { bytes })
  return new Journal(files, PATH)
}

/** A line with the right checksum, whatever is in it. */
function line(value: unknown): string {
  const json = JSON.stringify(value)
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`
}

describe('Journal', patience, () => {
  test('should know what was recorded when it is loaded again', () => {
    fc.assert(
      fc.property(written, ({ bytes, expected }) => {
        expect(journalOf(bytes).load()).toMatchObject(expected)
      }),
    )
  })

  test('should know nothing when there is no journal', () => {
    expect(new Journal(new MemoryFiles(), PATH).load()).toMatchObject(EMPTY)
  })

  test('should refuse an intent when there was no checkpoint', () => {
    expect(() => new Journal(new MemoryFiles(), PATH).record(INTENT)).toThrow('needs a checkpoint')
    expect(() => new Journal(new MemoryFiles(), PATH).recordClosed('app.log')).toThrow('needs a checkpoint')
  })

  test('should take the last intent of a file for carried out when that was closed, and those of others not', () => {
    const files = new MemoryFiles()
    const journal = new Journal(files, PATH)
    journal.checkpoint(EMPTY)
    journal.record(INTENT)
    const other = {
      ...INTENT,
      file: 'access.log',
      ranges: [{ mailbox: 'b'.repeat(32), sequence: 4, from: 6, to: 9, records: 1 }],
    }
    journal.record(other)
    journal.recordClosed('app.log')
    journal.recordClosed('never-written.log')
    expect(new Journal(files, PATH).load()).toMatchObject({
      positions: new Map([['a'.repeat(32), { sequence: 1, offset: 5, records: 2, bytes: 5 }]]),
      inDoubt: new Map([['access.log', other]]),
    })
  })

  test('should know a new intent when a file was closed and is written again', () => {
    const files = new MemoryFiles()
    const journal = new Journal(files, PATH)
    journal.checkpoint({ ...EMPTY, inDoubt: new Map([['app.log', INTENT]]) })
    journal.recordClosed('app.log')
    journal.record({ ...INTENT, identity: '1:3', offset: 0, ranges: [] })
    expect(new Journal(files, PATH).load()).toMatchObject({
      positions: new Map([['a'.repeat(32), { sequence: 1, offset: 5, records: 2, bytes: 5 }]]),
      inDoubt: new Map([['app.log', { identity: '1:3', offset: 0 }]]),
    })
  })

  test('should go on in the new file, and close each file once, when the close of the old one fails', () => {
    const files = new MemoryFiles()
    const closed: number[] = []
    const openAppend = files.openAppend.bind(files)
    let opened = 0
    files.openAppend = (path, fresh) => {
      const number = (opened += 1)
      const close = (): void => {
        closed.push(number)
        throw Object.assign(new Error('EIO: i/o error, close'), { code: 'EIO' })
      }
      return { ...openAppend(path, fresh), close }
    }
    const journal = new Journal(files, PATH)
    journal.checkpoint(EMPTY)
    expect(() => journal.checkpoint(EMPTY)).toThrow('EIO')
    journal.record(INTENT)
    expect(new Journal(files, PATH).load().inDoubt).toEqual(new Map([['app.log', INTENT]]))
    expect(() => journal.close()).toThrow('EIO')
    journal.close()
    expect(closed).toEqual([1, 2])
  })

  test('should need a checkpoint when it has grown, however many mailboxes there are', () => {
    const journal = new Journal(new MemoryFiles(), PATH)
    const ids = Array.from({ length: 10_000 }, (_, index) => index.toString(16).padStart(32, '0'))
    journal.checkpoint({
      ...EMPTY,
      positions: new Map(ids.map((id) => [id, { sequence: 1, offset: 0, records: 0, bytes: 0 }])),
    })
    journal.record(INTENT)
    expect(journal.needsCheckpoint).toBe(false)
    for (let entries = 0; entries < 4_000; entries += 1) journal.record(INTENT)
    expect(journal.needsCheckpoint).toBe(true)
  })

  test('should stay as it was when a checkpoint fails after any part of it', () => {
    const files = new MemoryFiles()
    new Journal(files, PATH).checkpoint({ ...EMPTY, inDoubt: new Map([['app.log', INTENT]]) })
    for (let room = 0; room < 100; room += 1) {
      files.room = room
      expect(() => new Journal(files, PATH).checkpoint(EMPTY)).toThrow('no space left')
      expect(new Journal(files, PATH).load().inDoubt, `room for ${room} bytes`).toEqual(new Map([['app.log', INTENT]]))
    }
  })

  test('should be readable to its end when an intent was torn at any byte and another one followed', () => {
    const whole = Buffer.byteLength(line({ type: 'intent', ...INTENT, ranges: [['a'.repeat(32), 1, 0, 5]] }))
    for (let room = 0; room < whole; room += 1) {
      const files = new MemoryFiles()
      const journal = new Journal(files, PATH)
      journal.checkpoint(EMPTY)
      files.room = room
      expect(() => journal.record(INTENT)).toThrow('no space left')
      expect(new Journal(files, PATH).load().inDoubt.size, `torn after ${room} bytes`).toBe(0)
      journal.record({ ...INTENT, offset: 77 })
      expect(new Journal(files, PATH).load().inDoubt.get('app.log')?.offset, `torn after ${room} bytes`).toBe(77)
    }
  })
})

describe('the entry that a file is closed', patience, () => {
  test('should count for nothing when it was torn at any byte, and be readable when it is written again', () => {
    const whole = Buffer.byteLength(line({ type: 'closed', file: 'app.log' }))
    for (let room = 0; room < whole; room += 1) {
      const files = new MemoryFiles()
      const journal = new Journal(files, PATH)
      journal.checkpoint(EMPTY)
      journal.record(INTENT)
      files.room = room
      expect(() => journal.recordClosed('app.log')).toThrow('no space left')
      expect(new Journal(files, PATH).load().inDoubt.size, `torn after ${room} bytes`).toBe(1)
      journal.recordClosed('app.log')
      expect(new Journal(files, PATH).load().inDoubt.size, `torn after ${room} bytes`).toBe(0)
    }
  })
})

describe('decodeEntries', patience, () => {
  test('should give only entries whose checksum is right, and never throw, when given any bytes', () => {
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.string().map((text) => Buffer.from(`${text}\n`)),
      fc.json().map((json) => Buffer.from(line(JSON.parse(json)))),
      intent.map((one) => Buffer.from(line({ type: 'intent', ...one, ranges: [] }))),
      fc.jsonValue().map((file) => Buffer.from(line({ type: 'closed', file }))),
      written.map(({ bytes }) => bytes),
    )
    const anything = fc.array(pieces, { maxLength: 5 }).map((parts) => Buffer.concat(parts))
    fc.assert(
      fc.property(anything, (bytes) => {
        const { entries } = decodeEntries(bytes)
        const lines = bytes.toString('utf8').split('\n').slice(0, entries.length)
        for (const text of lines) expect(text.slice(0, 8)).toBe(crc32(text.slice(9)).toString(16).padStart(8, '0'))
      }),
      { numRuns: 2000 },
    )
  })

  test('should give the entries before the cut when a journal ends at any byte', () => {
    fc.assert(
      fc.property(written, ({ bytes }) => {
        const { entries: all } = decodeEntries(bytes)
        for (let cut = 0; cut <= bytes.length; cut += 1) {
          const whole = bytes.subarray(0, cut).filter((byte) => byte === 0x0a).length
          expect(decodeEntries(bytes.subarray(0, cut)).entries, `cut at ${cut}`).toEqual(all.slice(0, whole))
        }
      }),
      { numRuns: 10 },
    )
  })

  test('should give the entries before the damage when any bit has flipped', () => {
    fc.assert(
      fc.property(written, fc.nat(), (journal, place) => {
        const bytes = Buffer.from(journal.bytes)
        const bit = place % (bytes.length * 8)
        const at = bit >> 3
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7))
        const before = journal.bytes.subarray(0, at).filter((byte) => byte === 0x0a).length
        expect(decodeEntries(bytes).entries, `bit ${bit}`).toEqual(
          decodeEntries(journal.bytes).entries.slice(0, before),
        )
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['no object', 17],
    ['null', null],
    ['of no known type', { type: 'surprise' }],
    ['a checkpoint without positions', { type: 'checkpoint', version: 1, boot: '' }],
    ['a position of no mailbox', { type: 'checkpoint', version: 1, boot: '', positions: [['../x', 1, 0, 0, 0]] }],
    [
      'a position before the start',
      { type: 'checkpoint', version: 1, boot: '', positions: [['a'.repeat(32), 1, -1, 0, 0]] },
    ],
    ['an intent outside the log directory', { type: 'intent', file: '../x', identity: '', offset: 0, ranges: [] }],
    ['closed, without a file', { type: 'closed' }],
    ['closed, outside the log directory', { type: 'closed', file: '../x' }],
    ['closed, by a number', { type: 'closed', file: 7 }],
    [
      'an intent that does not count records',
      { type: 'intent', file: 'x', identity: '', offset: 0, ranges: [['a'.repeat(32), 1, 4, 5]] },
    ],
    ['an intent at no offset', { type: 'intent', file: 'x', identity: '', offset: 0.5, ranges: [] }],
    [
      'an intent that runs backwards',
      { type: 'intent', file: 'x', identity: '', offset: 0, ranges: [['a'.repeat(32), 1, 5, 4, 0]] },
    ],
  ])('should stop at an entry when it is %s', (_what, value) => {
    const good = line({ type: 'intent', ...INTENT, ranges: [] })
    expect(decodeEntries(Buffer.from(good + line(value) + good)).entries).toHaveLength(1)
  })

  test('should say so when another version has written the journal', () => {
    const foreign = line({ type: 'checkpoint', version: 99, boot: '', positions: [] })
    expect(() => decodeEntries(Buffer.from(foreign))).toThrow(/version 99/)
  })
})
