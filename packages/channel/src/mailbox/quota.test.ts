import { mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, onTestFinished } from 'vitest'
import {
  drain,
  forms,
  profileOf,
  numberedLine,
  openReader,
  patience,
  temporaryChannel,
  temporaryDirectory,
} from '../testing/mailbox.test-kit.ts'
import { Quota, type MailboxLimits, type Refusal } from './quota.ts'
import type { MailboxReader } from './reader.ts'
import { MailboxWriter, type MailboxForm } from './writer.ts'

const MIB = 1024 * 1024

function limited(form: MailboxForm, mailboxBytes: number): { writer: MailboxWriter; reader: MailboxReader } {
  const channel = temporaryChannel()
  const writer = new MailboxWriter(channel, profileOf(), form, { mailboxBytes, channelBytes: Infinity })
  onTestFinished(() => writer.seal())
  return { writer, reader: openReader(channel, writer.id) }
}

let number = 0

function line(level: number, bytes = 1000): string {
  return numberedLine((number += 1), bytes).replace('"level":30', `"level":${level}`)
}

/** Appends until a line is refused. @returns the lines that were taken, and why the last one was not */
function fill(writer: MailboxWriter, level: number): { taken: string; refusal: Refusal | undefined } {
  let taken = ''
  for (let count = 0; count < 100_000; count += 1) {
    const text = line(level)
    const refusal = writer.append(text)
    if (refusal) return { taken, refusal }
    taken += text
  }
  return { taken, refusal: undefined }
}

/** Appends the same again and again until it is taken: the writer checks the room only now and then. */
function insist(writer: MailboxWriter, text: string): void {
  const deadline = performance.now() + 10_000
  while (writer.append(text)) {
    if (performance.now() < deadline) continue
    throw new Error(`Expected the mailbox to take ${text.length} bytes once all before was read and retired`)
  }
}

describe.each(forms)('a %s mailbox with a bound', patience, (form) => {
  test('should refuse records of level info when the bound is reached, and those of level error later', () => {
    const { writer, reader } = limited(form, 4 * MIB)
    const info = fill(writer, 30)
    expect(info.refusal).toBe('mailbox full')
    expect(info.taken.length, 'bytes taken before').toBeGreaterThan(2 * MIB)
    expect(info.taken.length, 'bytes taken before').toBeLessThan(5 * MIB)
    expect(writer.takesAll(), 'the mailbox takes all').toBe(false)
    expect(writer.append(line(30)), 'another one of level info').toBe('mailbox full')
    const urgent = fill(writer, 50)
    expect(urgent.refusal).toBe('mailbox full')
    expect(urgent.taken.length, 'bytes of the reserve').toBeGreaterThan(0)
    expect(drain(reader) === info.taken + urgent.taken, 'exactly what was taken is read').toBe(true)
  })

  test('should take records of every level again when the reader has retired what it has read', () => {
    const { writer, reader } = limited(form, 4 * MIB)
    for (let round = 0; round < 3; round += 1) {
      const { taken, refusal } = fill(writer, 30)
      expect(refusal, `round ${round}`).toBe('mailbox full')
      expect(drain(reader).endsWith(taken), `round ${round}: what was taken is read`).toBe(true)
      reader.retireBefore(reader.position.sequence)
      insist(writer, line(30))
      expect(writer.takesAll(), `round ${round}: the mailbox takes all`).toBe(true)
    }
  })

  test('should never stay full when everything in it was read, whatever it is written with', () => {
    const { writer, reader } = limited(form, 2 * MIB)
    for (const bytes of [1000, 1_900_000, 1000, 400_000, 1_000_000, 600_000, 1000, 2 * MIB, 1000]) {
      for (let times = 0; times < 10; times += 1) {
        insist(writer, line(30, bytes))
        drain(reader)
        reader.retireBefore(reader.position.sequence)
      }
    }
    expect(drain(reader), 'all was read').toBe('')
  })

  test('should go on taking short records when a long one is refused', () => {
    const { writer } = limited(form, 2 * MIB)
    for (let times = 0; times < 20; times += 1) {
      expect(writer.append(line(30, 5 * MIB)), 'a record that can never fit').toBe('mailbox full')
      expect(writer.append(line(30)), 'a short one after it').toBeUndefined()
    }
  })
})

describe('the bound for all mailboxes of a channel', () => {
  /** A mailbox that has `own` bytes waiting, next to another one that has `others`. */
  function refusal(own: number, others: number, limits: MailboxLimits, urgent = false): Refusal | undefined {
    const mailboxes = temporaryDirectory()
    for (const [name, bytes] of [
      ['own', own],
      ['other', others],
    ] as const) {
      mkdirSync(join(mailboxes, name))
      writeFileSync(join(mailboxes, name, '00000001.plain'), Buffer.alloc(bytes))
      writeFileSync(join(mailboxes, name, '00000002.plain'), '')
      writeFileSync(join(mailboxes, name, '00000003.free'), Buffer.alloc(20 * MIB))
    }
    return new Quota(join(mailboxes, 'own'), mailboxes, limits).check(MIB, urgent)
  }

  const limits = { mailboxBytes: Infinity, channelBytes: 20 * MIB }

  test('should hold for a mailbox that takes a large part of it', () => {
    expect(refusal(5 * MIB, 10 * MIB, limits)).toBeUndefined()
    expect(refusal(5 * MIB, 15 * MIB, limits)).toBe('channel full')
  })

  test('should leave a reserve for urgent records', () => {
    expect(refusal(5 * MIB, 15 * MIB, limits, true)).toBeUndefined()
    expect(refusal(5 * MIB, 20 * MIB, limits, true)).toBe('channel full')
  })

  test('should not hold, and throw nothing, while the other mailboxes can not be listed', () => {
    const own = temporaryDirectory()
    for (const name of ['00000001.plain', '00000002.plain']) writeFileSync(join(own, name), Buffer.alloc(8 * MIB))
    const notListed = join(own, '00000001.plain')
    expect(new Quota(own, notListed, limits).check(MIB, false)).toBeUndefined()
  })

  test('should not hold for a modest mailbox: others have filled the channel', () => {
    expect(refusal(MIB, 30 * MIB, limits)).toBeUndefined()
  })
})

describe('the room on the file system of a channel', () => {
  const limits = { mailboxBytes: Infinity, channelBytes: Infinity }

  test('should not be taken beyond what the next listener needs, by segments or new mailboxes', () => {
    const mailboxes = temporaryDirectory()
    const quota = new Quota(join(mailboxes, 'own'), mailboxes, limits)
    const { bavail, bsize } = statfsSync(mailboxes)
    expect(quota.check(64 * MIB, true)).toBeUndefined()
    expect(quota.check(bavail * bsize + 64 * MIB, true)).toBe('channel full')
    expect(() => quota.claimMailbox(64 * MIB)).not.toThrow()
    expect(() => quota.claimMailbox(bavail * bsize + 64 * MIB)).toThrow('ENOSPC')
  })
})
