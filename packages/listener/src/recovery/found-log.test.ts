import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Intent, MailboxRange } from '../journal/journal-entry.ts'
import { LogFile } from '../log/log-file.ts'
import { openTrusted } from '../log/open-trusted.ts'
import type * as OpenTrusted from '../log/open-trusted.ts'
import { temporaryDirectory } from '../testing/channel.test-kit.ts'
import { findLog } from './found-log.ts'
import type { RangeSource } from './intent-lines.ts'
import { resolveIntent } from './recovery.ts'

vi.mock('../log/open-trusted.ts', { spy: true })
const actual = await vi.importActual<typeof OpenTrusted>('../log/open-trusted.ts')

const A = 'a'.repeat(32)
const B = 'b'.repeat(32)
const ranges: readonly MailboxRange[] = [
  { mailbox: A, sequence: 1, from: 0, to: 4, records: 1 },
  { mailbox: B, sequence: 3, from: 10, to: 16, records: 1 },
]
const LINES: Record<string, string> = { [A]: 'a-1\n', [B]: 'bbb-1\n' }
const EARLIER = 'earlier\n'
const BYTES = 'a-1\nbbb-1\n'
const RENDERING = {
  format: { type: 'text', template: '{msg}', timeZone: 'UTC', customLevels: {} },
  application: '/',
  bytes: BYTES.length,
} as const

const everything: RangeSource = ({ mailbox }) => Buffer.from(LINES[mailbox] ?? '')
const nothing: RangeSource = () => Buffer.alloc(0)
/** The mailbox of the first range is retired. */
const onlyB: RangeSource = (range) => (range.mailbox === B ? everything(range) : nothing(range))

const UNUSABLE = expect.objectContaining({ code: 'FUNNEL_LOG_FILE_UNUSABLE' }) as Error

/** An intent for app.log of a log directory, after EARLIER; the file then gets `tail`. */
function intentFor(directory: string, tail: string): Intent {
  const path = join(directory, 'app.log')
  writeFileSync(path, EARLIER)
  const log = LogFile.open(path, 0o600)
  const { identity } = log
  log.close()
  writeFileSync(path, EARLIER + tail)
  return { file: 'app.log', identity, offset: EARLIER.length, ranges }
}

/** Copies a file in the place of itself: another inode, as after a restore. */
function restore(path: string): void {
  copyFileSync(path, `${path}.restored`)
  rmSync(path)
  renameSync(`${path}.restored`, path)
}

/** Also for root, who may read all files. */
function refuseToOpen(name: string, code: string): void {
  const mock = vi.mocked(openTrusted).mockImplementation((path, flags) => {
    if (basename(path) === name) throw Object.assign(new Error(`${code}: open`), { code })
    return actual.openTrusted(path, flags)
  })
  onTestFinished(() => void mock.mockReset())
}

function resolved(directory: string, intent: Intent, source: RangeSource): boolean {
  const log = findLog(directory, intent, source)
  try {
    return resolveIntent(intent, log, source).isApplied
  } finally {
    log?.close()
  }
}

describe('findLog by identity', () => {
  test('should find the file when it has another name now, and another file has its name', () => {
    const directory = temporaryDirectory()
    const intent = intentFor(directory, '')
    renameSync(join(directory, 'app.log'), join(directory, 'app.log.1'))
    writeFileSync(join(directory, 'app.log'), 'new\n')
    const log = findLog(directory, intent, everything)
    log?.append(Buffer.from('old\n'))
    log?.close()
    expect(log?.path).toBe(join(directory, 'app.log.1'))
    expect(readFileSync(join(directory, 'app.log'), 'utf8')).toBe('new\n')
  })

  test('should not open the file for writing when it is complete: it may be read-only by now', () => {
    const directory = temporaryDirectory()
    const intent = intentFor(directory, BYTES)
    const log = findLog(directory, intent, everything)
    chmodSync(join(directory, 'app.log'), 0o444)
    expect(resolveIntent(intent, log, everything), 'decided by the size alone').toMatchObject({
      isApplied: true,
      isForeign: false,
    })
  })

  test('should not make the file when it has gone since it was found', () => {
    const directory = temporaryDirectory()
    const intent = intentFor(directory, 'a-1\n')
    const log = findLog(directory, intent, everything)
    rmSync(join(directory, 'app.log'))
    expect(() => log?.append(Buffer.from('rest\n'))).toThrow('ENOENT')
    expect(existsSync(join(directory, 'app.log'))).toBe(false)
  })

  test('should find nothing when the file is gone', () => {
    const directory = temporaryDirectory()
    const intent = intentFor(directory, BYTES)
    rmSync(join(directory, 'app.log'))
    expect(findLog(directory, intent, everything)).toBeUndefined()
  })

  test('should decide nothing when only a link to the file is there', () => {
    const directory = temporaryDirectory()
    const elsewhere = temporaryDirectory()
    const intent = intentFor(directory, BYTES)
    renameSync(join(directory, 'app.log'), join(elsewhere, 'kept'))
    symlinkSync(join(elsewhere, 'kept'), join(directory, 'app.log'))
    expect(() => findLog(directory, intent, everything)).toThrow(UNUSABLE)
  })

  test.each(['app.log', 'app.log.1'])('should decide nothing when the file, as %s, must not be used now', (name) => {
    const directory = temporaryDirectory()
    const intent = intentFor(directory, BYTES)
    renameSync(join(directory, 'app.log'), join(directory, name))
    // A second name in a directory that all users may write.
    chmodSync(directory, 0o777)
    linkSync(join(directory, name), join(directory, 'second'))
    expect(() => findLog(directory, intent, everything)).toThrow(UNUSABLE)
    rmSync(join(directory, 'second'))
    expect(resolved(directory, intent, everything)).toBe(true)
  })

  test('should pass over another file that must not be used', () => {
    const directory = temporaryDirectory()
    const intent = intentFor(directory, BYTES)
    rmSync(join(directory, 'app.log'))
    symlinkSync('nowhere', join(directory, 'app.log.1'))
    expect(findLog(directory, intent, everything)).toBeUndefined()
  })
})

describe('findLog when the identity is not there any more', () => {
  /** Each tail of a log file, and what becomes of the intent. */
  test.each([
    ['has all of the intent', BYTES, everything, BYTES],
    ['has all of it, and lines of another program', `${BYTES}other\n`, everything, `${BYTES}other\n`],
    ['has a part of it', 'a-1\nb', everything, BYTES],
    ['has one byte of it', 'a', everything, BYTES],
    ['has all of it, and the first mailbox is retired', BYTES, onlyB, BYTES],
    ['has all of it, and all mailboxes are retired', BYTES, nothing, BYTES],
  ])('should take it for applied, and complete it, when the file %s', (_what, tail, source, expected) => {
    const directory = temporaryDirectory()
    const intent = intentFor(directory, tail)
    restore(join(directory, 'app.log'))
    expect(resolved(directory, intent, source)).toBe(true)
    expect(readFileSync(join(directory, 'app.log'), 'utf8')).toBe(EARLIER + expected)
  })

  test.each([
    ['ends before it', '', everything],
    ['has other lines there', 'a-2\nbbb-1\n', everything],
    ['has other lines there after the retired ones', 'a-1\nbbb-2\n', onlyB],
    ['is too short, and the mailboxes are gone', 'a-1\n', nothing],
  ])('should not take it for applied, and leave the file alone, when the file %s', (_what, tail, source) => {
    const directory = temporaryDirectory()
    const intent = intentFor(directory, tail)
    restore(join(directory, 'app.log'))
    expect(resolved(directory, intent, source)).toBe(false)
    expect(readFileSync(join(directory, 'app.log'), 'utf8')).toBe(EARLIER + tail)
  })

  test('should not be misled when the inode is that of another file', () => {
    const directory = temporaryDirectory()
    const intent = intentFor(directory, BYTES)
    const [inode] = intent.identity.split(':')
    expect(resolved(directory, { ...intent, identity: `${inode}:1` }, everything)).toBe(true)
  })

  test('should compare the lines as they are rendered', () => {
    const directory = temporaryDirectory()
    const intent = intentFor(directory, 'one\ntwo\n')
    restore(join(directory, 'app.log'))
    const json: RangeSource = ({ mailbox, to, from }) =>
      Buffer.from(`{"msg":"${mailbox === A ? 'one' : 'two'}"}\n`.padEnd(to - from))
    const rendered = {
      ...intent,
      ranges: ranges.map((range) => ({ ...range, from: 0, to: '{"msg":"one"}\n'.length })),
      rendering: { ...RENDERING, bytes: 'one\ntwo\n'.length },
    }
    expect(resolved(directory, rendered, json)).toBe(true)
    expect(resolved(directory, rendered, onlyB), 'a mailbox is retired').toBe(true)
    writeFileSync(join(directory, 'app.log'), `${EARLIER}one\ntow\n`)
    expect(resolved(directory, rendered, json)).toBe(false)
  })

  describe('and a file can not be read', () => {
    test.each(['EACCES', 'EPERM', 'ENOENT'])('should pass over another one (%s)', (code) => {
      const directory = temporaryDirectory()
      const intent = intentFor(directory, BYTES)
      restore(join(directory, 'app.log'))
      renameSync(join(directory, 'app.log'), join(directory, 'app.log.1'))
      writeFileSync(join(directory, 'access.log'), 'of another program '.repeat(9))
      refuseToOpen('access.log', code)
      expect(resolved(directory, intent, everything)).toBe(true)
    })

    test('should decide nothing when it has the name, or the disk has trouble', () => {
      const directory = temporaryDirectory()
      const intent = intentFor(directory, BYTES)
      restore(join(directory, 'app.log'))
      refuseToOpen('app.log', 'EACCES')
      expect(() => findLog(directory, intent, everything)).toThrow('EACCES')
      renameSync(join(directory, 'app.log'), join(directory, 'app.log.1'))
      refuseToOpen('app.log.1', 'EIO')
      expect(() => findLog(directory, intent, everything)).toThrow('EIO')
    })

    test('should decide nothing when it has the identity', () => {
      const directory = temporaryDirectory()
      const intent = intentFor(directory, BYTES)
      renameSync(join(directory, 'app.log'), join(directory, 'app.log.1'))
      refuseToOpen('app.log.1', 'EACCES')
      expect(() => findLog(directory, intent, everything)).toThrow('EACCES')
    })
  })

  test('should find it under another name when it ends with the intent, and only then', () => {
    const directory = temporaryDirectory()
    const intent = intentFor(directory, BYTES)
    const rotated = join(directory, 'app.log.1')
    renameSync(join(directory, 'app.log'), rotated)
    restore(rotated)
    writeFileSync(join(directory, 'app.log'), '')
    const log = findLog(directory, intent, everything)
    expect(log && basename(log.path)).toBe('app.log.1')
    writeFileSync(rotated, `${EARLIER}${BYTES}later\n`)
    expect(findLog(directory, intent, everything)).toBeUndefined()
    truncateSync(rotated, EARLIER.length + 1)
    expect(findLog(directory, intent, everything)).toBeUndefined()
  })
})
