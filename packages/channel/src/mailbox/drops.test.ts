import { execFileSync } from 'node:child_process'
import * as real from 'node:fs'
import { mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, onTestFinished, vi } from 'vitest'
import * as fs from '../captured/fs.ts'
import { drain, forms, numberedLine, openMailbox, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { countDrop, DropRecorder, overwriteDrops, readDrops, reserveDrops, type DropTally } from './drops.ts'
import { noticeLine } from '../notices/notice.ts'
import type { MailboxPosition } from './position.ts'

vi.mock('../captured/fs.ts', async (importOriginal) => {
  const original = await importOriginal<typeof fs>()
  return { ...original, writeSync: vi.fn<typeof fs.writeSync>(original.writeSync) }
})

const writeSync = vi.mocked(fs.writeSync)

afterEach(() => {
  writeSync.mockReset()
  writeSync.mockImplementation(real.writeSync)
})

/** The next write takes no more than the room that a mailbox has reserved, as on a full disk. */
function takesOnlyReservedRoom(): void {
  writeSync.mockImplementationOnce((descriptor: number, data: unknown) =>
    real.writeSync(descriptor, data as Buffer, 0, 4096, 0),
  )
}

function tallyOf(...drops: readonly (readonly [level: string, cause: string])[]): DropTally {
  let tally: DropTally | undefined
  for (const [level, cause] of drops) tally = countDrop(tally, level, cause)
  if (!tally) throw new Error('a tally needs a drop')
  return tally
}

function recorderOf(mailbox: string): DropRecorder {
  const recorder = new DropRecorder(mailbox)
  onTestFinished(() => recorder.close())
  return recorder
}

describe('a tally of drops', () => {
  test('should count each record once by its level and once by its cause', () => {
    expect(tallyOf(['30', 'mailbox full'], ['30', 'ENOSPC'], ['50', 'ENOSPC'])).toMatchObject({
      count: 3,
      levels: { '30': 2, '50': 1 },
      causes: { 'mailbox full': 1, ENOSPC: 2 },
    })
  })

  test.each(['constructor', '__proto__', 'toString'])('should count a level that is called %s', (level) => {
    const { levels } = tallyOf([level, 'ENOSPC'], [level, 'ENOSPC'])
    expect(Object.entries(levels)).toEqual([[level, 2]])
  })

  test('should stay short, and complete, when an application has any number of levels with long names', () => {
    const drops = Array.from({ length: 500 }, (_, number) => [`${number % 50} ${'x'.repeat(40)}`, 'ENOSPC'] as const)
    const tally = tallyOf(...drops)
    const total = Object.values(tally.levels).reduce((sum, count) => sum + count, 0)
    expect(total, 'records by level').toBe(500)
    expect(Object.keys(tally.levels).length, 'levels that are counted one by one').toBeLessThanOrEqual(17)
    expect(JSON.stringify(tally).length, 'its length').toBeLessThan(2048)
  })
})

/** No drops were reported from here on: a mailbox that has no lines. */
const START: MailboxPosition = { sequence: 1, offset: 0 }

function reservedMailbox(): string {
  const mailbox = temporaryDirectory()
  reserveDrops(mailbox)
  return mailbox
}

describe('the tally of drops in a mailbox', () => {
  test('should be what was stored last, and nothing after it was cleared', () => {
    const mailbox = reservedMailbox()
    const recorder = recorderOf(mailbox)
    expect(readDrops(mailbox, START), 'before any drop').toBeUndefined()
    const tally = tallyOf(['30', 'mailbox full'])
    for (const next of [tally, countDrop(tally, '40', 'ENOSPC'), tally]) {
      recorder.store(next)
      expect(readDrops(mailbox, START)).toEqual(next)
    }
    recorder.clear()
    expect(readDrops(mailbox, START), 'after it was cleared').toBeUndefined()
    recorder.store(tally)
    expect(readDrops(mailbox, START), 'after the next drop').toEqual(tally)
  })

  test('should be read, and overwritten, when another program has made a file of 3 GB of it', () => {
    const mailbox = reservedMailbox()
    const tally = tallyOf(['30', 'mailbox full'])
    recorderOf(mailbox).store(tally)
    truncateSync(join(mailbox, 'drops'), 3e9)
    expect(readDrops(mailbox, START)).toEqual(tally)
    overwriteDrops(mailbox, 'one\n')
    expect(readDrops(mailbox, START)).toBeUndefined()
  })

  test.skipIf(process.platform === 'win32')(
    'should hold up neither reader nor writer when a fifo has its place',
    () => {
      const mailbox = temporaryDirectory()
      execFileSync('mkfifo', [join(mailbox, 'drops')])
      recorderOf(mailbox).store(tallyOf(['30', 'mailbox full']))
      expect(readDrops(mailbox, START)).toBeUndefined()
      expect(() => overwriteDrops(mailbox, 'one\n')).toThrow('ENXIO')
    },
  )

  test('should have the same room from the beginning, whatever is stored', () => {
    const { writer } = openMailbox('plain')
    const drops = join(writer.directory, 'drops')
    const { size, blocks } = statSync(drops)
    expect(size).toBeGreaterThanOrEqual(4096)
    const recorder = recorderOf(writer.directory)
    for (let number = 0; number < 50; number += 1) {
      recorder.store(tallyOf([`${number}${'€'.repeat(40)}`, 'ENOSPC']), { sequence: 1e9, offset: 1e9 })
      expect(statSync(drops)).toMatchObject({ size, blocks })
    }
    recorder.clear()
    expect(statSync(drops)).toMatchObject({ size, blocks })
  })

  test.each([
    { what: 'nothing was written', end: { sequence: 3, offset: 500 }, reported: false },
    { what: 'the next segment was begun, and nothing written', end: { sequence: 4, offset: 0 }, reported: false },
    { what: 'a line came after it', end: { sequence: 3, offset: 501 }, reported: true },
    { what: 'a line came into the next segment', end: { sequence: 4, offset: 20 }, reported: true },
    { what: 'the journal was lost, and the mailbox is read again', end: { sequence: 2, offset: 900 }, reported: false },
  ])('should count as reported: $reported, when the report was to begin at a place, and $what', ({ end, reported }) => {
    const mailbox = reservedMailbox()
    const tally = tallyOf(['30', 'mailbox full'])
    recorderOf(mailbox).store(tally, { sequence: 3, offset: 500 })
    expect(readDrops(mailbox, end)).toEqual(reported ? undefined : tally)
  })

  test('should be nothing when it is damaged in any way', () => {
    const mailbox = reservedMailbox()
    recorderOf(mailbox).store(tallyOf(['30', 'mailbox full']))
    const whole = readFileSync(join(mailbox, 'drops'), 'utf8').trimEnd()
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(join(mailbox, 'drops'), whole.slice(0, length))
      expect(readDrops(mailbox, START), `cut at ${length}`).toBeUndefined()
    }
    const fields = '"count":1,"from":0,"to":0,"levels":{},"causes":{}'
    for (const text of [
      'null',
      '[]',
      '{"funnel":7}',
      `{${fields.replace('1', '1.5')}}`,
      `{${fields},"reportedFrom":7}`,
    ]) {
      writeFileSync(join(mailbox, 'drops'), text)
      expect(readDrops(mailbox, START), text).toBeUndefined()
    }
    rmSync(join(mailbox, 'drops'))
    expect(readDrops(mailbox, START), 'without a file').toBeUndefined()
  })

  test('should hold no log call up when it can neither be stored nor cleared', () => {
    const mailbox = join(temporaryDirectory(), 'mailbox')
    const tally = tallyOf(['30', 'mailbox full'])
    const withoutMailbox = recorderOf(mailbox)
    expect(() => withoutMailbox.store(tally), 'without a mailbox').not.toThrow()
    expect(() => withoutMailbox.clear(), 'without a mailbox').not.toThrow()
    mkdirSync(join(mailbox, 'drops'), { recursive: true })
    const obstructed = recorderOf(mailbox)
    expect(() => obstructed.store(tally), 'with something in its place').not.toThrow()
    expect(() => obstructed.clear(), 'with something in its place').not.toThrow()
  })
})

describe('final lines that are longer than the room that was reserved', () => {
  const lines = `${'a'.repeat(3000)}\n${'b'.repeat(3000)}\n`

  test('should not count as written when the disk is full', () => {
    const mailbox = reservedMailbox()
    takesOnlyReservedRoom()
    writeSync.mockImplementationOnce(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    })
    expect(() => overwriteDrops(mailbox, lines)).toThrow('ENOSPC')
  })

  test('should be written whole when there is room after all', () => {
    const mailbox = reservedMailbox()
    takesOnlyReservedRoom()
    overwriteDrops(mailbox, lines)
    expect(readFileSync(join(mailbox, 'drops'), 'utf8')).toBe(lines)
  })
})

describe('the record about the drops of a dead writer', () => {
  const line = (tally: DropTally): string => noticeLine({ event: 'dropped', worker: 1, thread: 0, ...tally })

  test.each(forms)('should be the last line of its mailbox, and the tally gone, %s', (form) => {
    const { writer, reader } = openMailbox(form)
    writer.append(numberedLine(1))
    const tally = tallyOf(['30', 'mailbox full'])
    recorderOf(writer.directory).store(tally)
    expect(drain(reader, { probeNextSegment: true })).toBe(numberedLine(1))
    const record = line(tally)
    reader.ending.appendFinalLines(reader.position.sequence, record)
    expect(drain(reader, { probeNextSegment: true })).toBe(record)
    expect(readDrops(writer.directory, reader.position)).toBeUndefined()
  })

  test('should be written again when its listener was killed before it was a part of the mailbox', () => {
    const { writer, reader } = openMailbox('plain')
    const tally = tallyOf(['30', 'mailbox full'], ['50', 'ENOSPC'])
    recorderOf(writer.directory).store(tally)
    overwriteDrops(writer.directory, line(tally))
    expect(readDrops(writer.directory, reader.position)).toMatchObject(tally)
    const record = line(tally)
    reader.ending.appendFinalLines(reader.position.sequence, record)
    expect(drain(reader, { probeNextSegment: true })).toBe(record)
  })

  test('should fit into the room of the tally, whatever that holds', () => {
    const drops = Array.from({ length: 500 }, (_, number) => {
      return [`${number % 50} ${'€'.repeat(40)}`, `${number % 50} ${'E'.repeat(40)}`] as const
    })
    expect(Buffer.byteLength(line(tallyOf(...drops)))).toBeLessThan(4096)
  })

  test('should not take the place of a segment that was not read', () => {
    const { writer, reader } = openMailbox('plain')
    for (let number = 0; number < 1_000; number += 1) writer.append(numberedLine(number, 100))
    expect(() => reader.ending.appendFinalLines(reader.position.sequence, numberedLine(1))).toThrow('was not read')
  })
})
