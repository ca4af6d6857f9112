import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { bootId } from '../liveness/process-hint.ts'
import {
  drain,
  forms,
  handMadeMailbox,
  numberedLine,
  openReader,
  profileOf,
  temporaryChannel,
  type TestMailbox,
} from '../testing/mailbox.test-kit.ts'
import { systemCode, type FunnelError } from '../util/errors.ts'
import { DropRecorder, countDrop, readDrops } from './drops.ts'
import { NO_LIMITS } from './quota.ts'
import { MailboxReader } from './reader.ts'
import { MailboxWriter, type MailboxForm } from './writer.ts'

function open(form: MailboxForm, profile = profileOf()): TestMailbox & { readonly warnings: FunnelError[] } {
  const channel = temporaryChannel()
  const warnings: FunnelError[] = []
  const writer = new MailboxWriter(channel, profile, form, NO_LIMITS, (error) => warnings.push(error))
  onTestFinished(() => writer.seal())
  return { channel, writer, reader: openReader(channel, writer.id), warnings }
}

function append(writer: MailboxWriter, from: number, count: number): string {
  const lines = Array.from({ length: count }, (_, number) => numberedLine(from + number, 200))
  for (const line of lines) writer.append(line)
  return lines.join('')
}

function current({ position: { sequence }, directory }: MailboxWriter): string {
  const name = String(sequence).padStart(8, '0')
  return join(directory, existsSync(join(directory, `${name}.plain`)) ? `${name}.plain` : `${name}.mapped`)
}

const damages = {
  cut: (path: string) => truncateSync(path),
  deleted: (path: string) => rmSync(path),
  overwritten: (path: string) => writeFileSync(path, 'x'.repeat(5000)),
}

describe.each(forms)('a %s mailbox', (form) => {
  describe.each(Object.keys(damages) as (keyof typeof damages)[])('whose header was %s', (damage) => {
    // At its end a writer checks only sizes and names: what overwrites a file has most often cut it first.
    const whens = ['restores it', ...(damage === 'overwritten' ? [] : ['seals the mailbox', 'notes its exit'])]
    test.each(whens)('should be read when its writer %s', (what) => {
      const profile = profileOf()
      const { channel, writer, warnings } = open(form, profile)
      const lines = append(writer, 0, 10)
      Object.assign(profile.log, { mode: 0o600 })
      damages[damage](join(writer.directory, 'header'))
      if (what === 'restores it') writer.restore()
      else if (what === 'notes its exit') writer.noteExit(0)
      else writer.seal()
      const reader = openReader(channel, writer.id)
      expect(reader.profile).toEqual(profileOf())
      expect(drain(reader)).toBe(lines)
      expect(warnings.map(({ code }) => code)).toEqual(['FUNNEL_MAILBOX_DAMAGED'])
      expect(warnings[0]?.message).toContain('header')
    })
  })

  test('should have its header again when the chain moves on, and ring after that', () => {
    const { channel, writer } = open(form)
    rmSync(join(writer.directory, 'header'))
    const lines = append(writer, 0, 3_000)
    const reader = openReader(channel, writer.id)
    expect(drain(reader) === lines, 'exactly what was written is read').toBe(true)
    reader.setBell('asleep')
    expect(writer.bell.sleepNumber()).toBeGreaterThan(0)
    reader.setBell('polling')
    expect(writer.bell.sleepNumber()).toBe(0)
  })

  test.each(['restores it', 'notes its exit', 'seals it'])(
    'should keep its header when it %s, and the application has changed its options',
    (what) => {
      const profile = profileOf()
      const { writer, warnings } = open(form, profile)
      const header = readFileSync(join(writer.directory, 'header'))
      Object.assign(profile.log, { mode: 0o600 })
      if (what === 'restores it') writer.restore()
      else if (what === 'notes its exit') writer.noteExit(0)
      else writer.seal()
      expect(warnings).toEqual([])
      expect(readFileSync(join(writer.directory, 'header'))).toEqual(header)
    },
  )

  test('should change nothing of what is whole', () => {
    const { writer, reader, warnings } = open(form)
    append(writer, 0, 10)
    reader.setBell('asleep')
    const header = readFileSync(join(writer.directory, 'header'))
    writer.restore()
    expect(readFileSync(join(writer.directory, 'header'))).toEqual(header)
    expect(writer.position.sequence).toBe(1)
    expect(warnings).toEqual([])
  })

  test.each(['at once', 'when it moves on'])('should have its segment again %s when that was deleted', (when) => {
    const { channel, writer, reader, warnings } = open(form)
    let lines = append(writer, 0, 10)
    let read = drain(reader)
    rmSync(current(writer))
    lines += append(writer, 10, 10)
    if (when === 'at once') writer.restore()
    lines += append(writer, 20, 3_000)
    read += drain(reader)
    expect(read === lines, 'a reader that has the deleted file open reads on').toBe(true)
    expect(drain(openReader(channel, writer.id)) === lines, 'another one reads all of it').toBe(true)
    expect(warnings.map(({ code }) => code)).toEqual(['FUNNEL_MAILBOX_DAMAGED'])
  })

  test('should lose nothing that it takes after a next segment could not be made', () => {
    const { channel, writer, reader } = open(form)
    const taken = [append(writer, 0, 10)]
    let read = drain(reader)
    const opened = readdirSync('/proc/self/fd').length
    rmSync(current(writer))
    const obstacles = ['00000002.plain', '00000002.mapped'].map((name) => join(writer.directory, name))
    for (const path of obstacles) mkdirSync(path)
    const refusals = new Set<string | undefined>()
    for (let number = 10; number < 20; number += 1) {
      if (number < 15) writer.restore()
      try {
        taken.push(append(writer, number, 1))
      } catch (error) {
        refusals.add(systemCode(error))
      }
    }
    expect([...refusals]).toEqual(['EEXIST'])
    for (const path of obstacles) rmdirSync(path)
    expect(readdirSync('/proc/self/fd').length, 'descriptors').toBeLessThanOrEqual(opened + 1)
    taken.push(append(writer, 20, 10))
    read += drain(reader)
    expect(read, 'a reader that has the deleted file open').toBe(taken.join(''))
    expect(drain(openReader(channel, writer.id)), 'another one').toBe(taken.join(''))
    writer.seal()
    reader.close()
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(opened)
  })

  test('should go on behind a segment that is missing for good', () => {
    const { channel, writer } = open(form)
    append(writer, 0, 2_000)
    const { sequence, offset } = writer.position
    const later = append(writer, 2_000, 10)
    for (let at = 1; at < sequence; at += 1) {
      for (const state of ['plain', 'mapped']) {
        rmSync(join(writer.directory, `${String(at).padStart(8, '0')}.${state}`), { force: true })
      }
    }
    const reader = openReader(channel, writer.id)
    reader.rewind({ sequence: 1, offset: 100 })
    expect(reader.hasMore(true)).toBe(true)
    expect(drain(reader).endsWith(later)).toBe(true)
    expect(reader.position).toEqual(writer.position)
    expect(offset).toBeGreaterThan(0)
  })
})

/** Files of lines `a`, `b` and so on, one a segment, that are not made by a writer. */
function gapped(files: Readonly<Record<string, string>>): { reader: MailboxReader; remove: (name: string) => void } {
  const { mailboxes, id } = handMadeMailbox(files)
  const reader = new MailboxReader(mailboxes, id)
  onTestFinished(() => reader.close())
  return { reader, remove: (name) => rmSync(join(mailboxes, id, name)) }
}

describe('the segments after the one that is read', () => {
  const ended = { '00000001.plain': 'a\n\n', '00000002.plain': 'b\n\n', '00000003.plain': 'c\n' }

  test.each(['while it is read', 'when it was read to its end'])(
    'should be read when the next was deleted %s',
    (when) => {
      const { reader, remove } = gapped(ended)
      if (when === 'while it is read') reader.hasMore(false)
      else reader.read(Buffer.alloc(100), 0, 100, false)
      expect(reader.position.sequence).toBe(1)
      remove('00000002.plain')
      expect(reader.hasMore(false)).toBe(true)
      expect(drain(reader)).toBe(when === 'while it is read' ? 'a\nc\n' : 'c\n')
      expect(reader.position).toEqual({ sequence: 3, offset: 2 })
    },
  )

  test('should be read without an end mark, too, by a reader that probes for them', () => {
    const { reader, remove } = gapped({ ...ended, '00000001.plain': 'a\n' })
    expect(drain(reader)).toBe('a\n')
    remove('00000002.plain')
    expect(reader.hasMore(false)).toBe(false)
    expect(reader.hasMore(true)).toBe(true)
    expect(drain(reader, { probeNextSegment: true })).toBe('c\n')
  })

  test('should be known until the last one was reached', () => {
    const { reader, remove } = gapped(ended)
    remove('00000002.plain')
    expect(reader.hasLaterSegments()).toBe(true)
    drain(reader)
    expect(reader.hasLaterSegments()).toBe(false)
  })

  test('should let no final lines come before them', () => {
    const { reader } = gapped({ '00000001.plain': 'a\n\n', '00000003.plain': 'c\n' })
    expect(() => reader.ending.appendFinalLines(1, 'final\n')).toThrow('segment 3 exists and was not read')
  })
})

test.each([true, false])(
  'a mailbox that was deleted should have nothing to read, kept open or not (%s)',
  (keepsOpen) => {
    const { writer, reader } = open('plain')
    const lines = append(writer, 0, 10)
    drain(reader)
    reader.keepOpen(keepsOpen)
    rmSync(writer.directory, { recursive: true })
    for (const probes of [false, true]) {
      expect(reader.hasMore(probes)).toBe(false)
      expect(drain(reader, { probeNextSegment: probes })).toBe('')
    }
    expect(reader.hasLaterSegments()).toBe(false)
    expect(reader.position).toEqual({ sequence: 1, offset: lines.length })
  },
)

describe.skipIf(bootId() === '')('a plain segment that another program has cut', () => {
  test.each([0, 100, 400, 1_000, 2_000])('should lose nothing after that when it had 10 lines, to %d bytes', (size) => {
    const { writer, reader } = open('plain')
    const before = append(writer, 0, 10)
    truncateSync(current(writer), size)
    const after = append(writer, 10, 10)
    expect(reader.hasMore(false)).toBe(true)
    const whole = size - (size % 200)
    expect(drain(reader, { isCut: true })).toBe(before.slice(0, whole) + after)
    expect(reader.position).toEqual(writer.position)
    expect(reader.cutAway).toBe(2_000 - whole)
  })

  test('should lose nothing when it was read to its end', () => {
    const { writer, reader } = open('plain')
    append(writer, 0, 10)
    drain(reader)
    truncateSync(current(writer))
    expect(drain(reader)).toBe('')
    expect(drain(reader)).toBe('')
    const after = append(writer, 10, 10)
    expect(drain(reader)).toBe(after)
    expect(reader.cutAway).toBe(0)
  })

  test('should be passed over where the hole is longer than what is read at once', () => {
    const { writer, reader } = open('plain')
    append(writer, 0, 200)
    truncateSync(current(writer))
    const after = append(writer, 200, 1)
    expect(drain(reader, { window: 4096, isCut: true })).toBe(after)
  })

  test('should be known as cut before what it had', () => {
    const { writer, reader } = open('plain')
    append(writer, 0, 10)
    drain(reader)
    expect(reader.isCutBefore(writer.position)).toBe(false)
    append(writer, 10, 1)
    truncateSync(current(writer))
    expect(reader.isCutBefore(writer.position)).toBe(true)
  })

  test('should be counted once when it is read again', () => {
    const { writer, reader } = open('plain')
    append(writer, 0, 10)
    truncateSync(current(writer), 1_000)
    append(writer, 10, 1)
    drain(reader, { isCut: true })
    for (const offset of [0, 1_000, 1_000]) {
      reader.rewind({ sequence: 1, offset })
      drain(reader, { isCut: true })
      expect(reader.cutAway).toBe(1_000)
    }
    truncateSync(current(writer), 1_000)
    append(writer, 11, 1)
    drain(reader, { isCut: true })
    expect(reader.cutAway, 'what was read is not lost').toBe(1_000)
    append(writer, 12, 1)
    truncateSync(current(writer), 2_300)
    append(writer, 13, 1)
    drain(reader, { isCut: true })
    expect(reader.cutAway).toBe(1_200)
  })

  test('should not be said of NULs that nothing follows', () => {
    const { writer, reader } = open('plain')
    const lines = append(writer, 0, 1)
    truncateSync(current(writer), 40_000)
    expect(drain(reader)).toBe(lines)
    expect(reader.cutAway).toBe(0)
    expect(reader.position).toEqual(writer.position)
  })

  test('should be passed over in one read, however little room there is', () => {
    const { reader } = gapped({ '00000001.plain': `${'\0'.repeat(200_000)}a\n` })
    expect(reader.read(Buffer.alloc(2), 0, 2, false)).toEqual({ sequence: 1, from: 200_000, to: 200_002 })
    expect(reader.cutAway).toBe(200_000)
  })

  test('should be read on behind any number of holes', () => {
    const { reader } = gapped({ '00000001.plain': `${'x\0'.repeat(20_000)}a\n` })
    expect(drain(reader, { window: 8, isCut: true })).toBe('a\n')
  })

  test('should be known as cut when no segment stays open, too', () => {
    const { writer, reader } = open('plain')
    append(writer, 0, 10)
    reader.keepOpen(false)
    expect(reader.isCutBefore(writer.position)).toBe(false)
    truncateSync(current(writer))
    expect(drain(reader)).toBe('')
    expect(reader.isCutBefore(writer.position)).toBe(true)
    rmSync(writer.directory, { recursive: true })
    expect(reader.isCutBefore(writer.position)).toBe(false)
  })

  test.each(['of a former boot', ''])('should be read to its hole only when its writer is from boot "%s"', (boot) => {
    const channel = temporaryChannel()
    const writer = new MailboxWriter(channel, { ...profileOf(), boot }, 'plain', NO_LIMITS)
    onTestFinished(() => writer.seal())
    const before = append(writer, 0, 10)
    truncateSync(current(writer), 1_100)
    append(writer, 10, 1)
    const reader = openReader(channel, writer.id)
    expect(drain(reader)).toBe(before.slice(0, 1_000))
    expect(reader.hasMore(false), 'the torn line waits').toBe(true)
    reader.rewind({ sequence: 1, offset: 1_100 })
    expect(reader.hasMore(false), 'a hole is nothing to read').toBe(false)
    expect(drain(reader)).toBe('')
    expect(reader.cutAway).toBe(0)
  })
})

test('a count of drops should be where the listener reads it when its file was deleted', () => {
  const { writer } = open('plain')
  const recorder = new DropRecorder(writer.directory)
  onTestFinished(() => recorder.close())
  const tally = countDrop(undefined, '30', 'ENOSPC')
  recorder.store(tally)
  rmSync(join(writer.directory, 'drops'))
  recorder.store(countDrop(tally, '30', 'ENOSPC'))
  expect(readDrops(writer.directory, writer.position)).toMatchObject({ count: 2 })
})
