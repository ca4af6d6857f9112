import { describe, expect, test } from 'vitest'
import type { Intent, MailboxRange } from '../journal/journal-entry.ts'
import { judge, resolveIntent, type RecoverableLog } from './recovery.ts'

const ranges: readonly MailboxRange[] = [
  { mailbox: 'a'.repeat(32), sequence: 1, from: 0, to: 4, records: 1 },
  { mailbox: 'b'.repeat(32), sequence: 3, from: 10, to: 16, records: 1 },
]
const INTENT: Intent = { file: 'app.log', identity: '1:2', offset: 100, ranges }
const BYTES = 'a-1\nbbb-1\n'

function source({ mailbox }: MailboxRange): Buffer {
  return Buffer.from(mailbox.startsWith('a') ? BYTES.slice(0, 4) : BYTES.slice(4))
}

/** What is in the log from the intent's offset on. */
function logWith(tail: string): RecoverableLog & { text: string } {
  return {
    text: tail,
    size() {
      return INTENT.offset + this.text.length
    },
    tail(length) {
      return Buffer.from(this.text.slice(-length))
    },
    append(bytes) {
      this.text += bytes.toString()
    },
  }
}

describe('judge', () => {
  test.each([
    ['not applied', 100],
    ['torn', 101],
    ['torn', 109],
    ['applied', 110],
    ['foreign', 111],
    ['foreign', 99],
    ['foreign', 0],
  ])('should find an intent %s when the log has %i bytes', (name, size) => {
    expect(judge(INTENT, size)).toEqual(name === 'torn' ? { name, written: size - INTENT.offset } : { name })
  })

  test('should find an intent of no bytes void when nothing was written', () => {
    expect(judge({ ...INTENT, ranges: [] }, 100)).toEqual({ name: 'not applied' })
  })
})

describe('resolveIntent', () => {
  test('should append what is missing, and nothing else, when any part of an intent is in the log', () => {
    for (let written = 1; written < BYTES.length; written += 1) {
      const log = logWith(BYTES.slice(0, written))
      expect(resolveIntent(INTENT, log, source)).toMatchObject({ isApplied: true, isForeign: false })
      expect(log.text, `${written} bytes were there`).toBe(BYTES)
    }
  })

  test.each([
    ['nothing of it is in the log', '', { isApplied: false, isForeign: false }],
    ['all of it is in the log', BYTES, { isApplied: true, isForeign: false }],
    ['another process has appended to the log', `${BYTES}foreign\n`, { isApplied: true, isForeign: true }],
  ])('should leave the log alone when %s', (_when, tail, expected) => {
    const log = logWith(tail)
    expect(resolveIntent(INTENT, log, source)).toMatchObject(expected)
    expect(log.text).toBe(tail)
  })

  test('should take nothing for applied when the log is gone', () => {
    expect(resolveIntent(INTENT, undefined, source)).toMatchObject({ isApplied: false, isForeign: false })
  })

  test('should count as applied when lines are retired, behind the end of the line that was begun', () => {
    const [a, b] = ranges as [MailboxRange, MailboxRange]
    const intent = { ...INTENT, ranges: [a, b, { ...a, sequence: 2 }] }
    const retired = (range: MailboxRange): Buffer => (range === a ? Buffer.alloc(0) : source(range))
    const log = logWith('a-')
    expect(resolveIntent(intent, log, retired)).toMatchObject({ isApplied: true, isForeign: false })
    expect(log.text).toBe('a-\n')
  })

  test.each([
    ['is not there, and can not be retired', Buffer.alloc(0), [...ranges, { ...ranges[1]!, sequence: 4 }]],
    ['was cut', undefined, [...ranges, { ...ranges[0]!, sequence: 2 }]],
    ['was cut, and has a later line', Buffer.from('\0\0\0\n'), [...ranges, { ...ranges[0]!, sequence: 2 }]],
  ])('should lose no line of other mailboxes when a segment %s', (_what, left, damagedRanges) => {
    const intent = { ...INTENT, ranges: damagedRanges }
    const damaged = (range: MailboxRange): Buffer | undefined => (range === damagedRanges[0] ? left : source(range))
    const log = logWith('a-1\nbb')
    expect(resolveIntent(intent, log, damaged)).toEqual({ isApplied: false, applied: [], isForeign: false })
    const more = logWith('a-1\nbbb-1\nb')
    expect(resolveIntent(intent, more, damaged)).toEqual({ isApplied: false, applied: [ranges[1]], isForeign: false })
  })

  test.each([
    ['a', 'a\0\0\n'],
    ['b', 'b\0\0-1\n'],
  ])('should append no hole of a plain segment of %s that another program has cut', (mailbox, hole) => {
    const cut = (range: MailboxRange): Buffer =>
      range.mailbox === mailbox.repeat(32) ? Buffer.from(hole) : source(range)
    for (let written = 1; written < BYTES.length; written += 1) {
      const log = logWith(BYTES.slice(0, written))
      const { isApplied, applied } = resolveIntent(INTENT, log, cut)
      expect(log.text).not.toContain('\0')
      expect(isApplied, `${written} bytes`).toBe(false)
      expect(applied.every((range) => !range.mailbox.startsWith(mailbox))).toBe(true)
    }
  })

  test.each(['a', 'b', 'ab'])('should lose and tear no line when %s is away, and back after some tries', (away) => {
    const present = (range: MailboxRange): Buffer | undefined =>
      away.includes(range.mailbox.slice(0, 1)) ? undefined : source(range)
    // The end of its last line would complete the intent.
    for (let written = 1; written < BYTES.length - 1; written += 1) {
      const log = logWith(BYTES.slice(0, written))
      for (let tries = 1; tries <= 20; tries += 1) {
        expect(resolveIntent(INTENT, log, present)).toMatchObject({ isApplied: false, isForeign: false })
      }
      const ended = log.text
      expect(ended.trimEnd()).toBe(BYTES.slice(0, written).trimEnd())
      const { isApplied } = resolveIntent(INTENT, log, source)
      expect(log.text, `${written} bytes, then all of it again`).toBe(isApplied ? BYTES : ended)
    }
  })

  test.each(['a', 'b'])('should have the lines in the log that can be compared when %s is away', (away) => {
    const present = (range: MailboxRange): Buffer | undefined =>
      range.mailbox.startsWith(away) ? undefined : source(range)
    const whole = { a: { to: 4, at: 4 }, b: { to: 16, at: 10 } }
    const [there] = Object.entries(whole).flatMap(([worker, { to, at }]) =>
      worker === away ? [] : [{ worker, to, at }],
    )
    for (let written = 1; written < BYTES.length; written += 1) {
      const log = logWith(BYTES.slice(0, written))
      for (let tries = 1; tries <= 3; tries += 1) {
        const { isApplied, applied } = resolveIntent(INTENT, log, present)
        if (isApplied) continue
        const isInLog = log.text.length >= there!.at
        const lines = applied.map(({ mailbox, to, records }) => ({ worker: mailbox.charAt(0), to, records }))
        expect(lines, `${written} bytes`).toEqual(isInLog ? [{ worker: there!.worker, to: there!.to, records: 1 }] : [])
      }
    }
  })

  test('should have no line that follows one of its mailbox which is not there', () => {
    const lines = [4, 8, 12].map((to) => ({ mailbox: 'a'.repeat(32), sequence: 1, from: to - 4, to, records: 1 }))
    const other = { mailbox: 'b'.repeat(32), sequence: 1, from: 0, to: 4, records: 1 }
    const intent = { ...INTENT, ranges: [...lines, other] }
    const bytes = (range: MailboxRange): Buffer | undefined =>
      range === other ? undefined : Buffer.from(`a-${range.to / 4}\n`)
    const log = logWith('a-1\na-X\na-3\nb')
    expect(resolveIntent(intent, log, bytes).applied).toEqual([lines[0]])
  })

  test('should come to the same end when it fails after any byte and is repeated', () => {
    for (let written = 1; written < BYTES.length; written += 1) {
      for (let more = 0; written + more < BYTES.length; more += 1) {
        const log = logWith(BYTES.slice(0, written))
        const full = {
          size: () => log.size(),
          tail: (length: number) => log.tail(length),
          append: (bytes: Buffer) => {
            log.append(bytes.subarray(0, more))
            throw new Error('no space left')
          },
        }
        expect(() => resolveIntent(INTENT, full, source)).toThrow('no space left')
        expect(resolveIntent(INTENT, log, source).isApplied).toBe(true)
        expect(log.text, `${written} bytes, then ${more}`).toBe(BYTES)
      }
    }
  })
})
