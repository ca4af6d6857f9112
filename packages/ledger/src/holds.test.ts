import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as Channel from '@pino-funnel/channel'
import { openPrivateFile } from '@pino-funnel/channel'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readHolds, removeHold, sweepDrafts, writeHold, type StoredHold } from './holds.ts'

vi.mock('@pino-funnel/channel', async (load) => {
  const channel = await load<typeof Channel>()
  return { ...channel, openPrivateFile: vi.fn<typeof channel.openPrivateFile>(channel.openPrivateFile) }
})

const HOLD: StoredHold = { name: 'archive', logId: 'a'.repeat(32), position: 10, budget: 100, at: 1 }
const NOBODY = 65_534
const isRoot = process.geteuid?.() === 0

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-holds-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function makeChannel(): string {
  const channel = join(temporaryDirectory(), '.pino-funnel')
  mkdirSync(channel, { mode: 0o700 })
  return channel
}

test('a hold should be written beside what a link leads to when that has its name, and leave no draft', () => {
  const channel = makeChannel()
  const outside = join(temporaryDirectory(), 'outside')
  writeFileSync(outside, 'as it was')
  mkdirSync(join(channel, 'holds/app.log'), { recursive: true })
  symlinkSync(outside, join(channel, 'holds/app.log/archive'))

  writeHold(channel, 'app.log', HOLD)

  expect(readFileSync(outside, 'utf8')).toBe('as it was')
  expect(readHolds(channel, 'app.log')).toEqual([HOLD])
  expect(readdirSync(join(channel, 'holds/app.log'))).toEqual(['archive'])
})

test('a hold should be written when the listener removes its empty directory at that instant, as of a log that is gone', () => {
  const channel = makeChannel()
  vi.mocked(openPrivateFile).mockImplementationOnce((path, flags) => {
    rmdirSync(join(channel, 'holds/app.log'))
    return openPrivateFile(path, flags)
  })

  writeHold(channel, 'app.log', HOLD)

  expect(readHolds(channel, 'app.log')).toEqual([HOLD])
})

test('a hold should be refused when its channel is gone', () => {
  expect(() => writeHold(join(makeChannel(), 'gone'), 'app.log', HOLD)).toThrow('ENOENT')
})

test('a hold should hold everything when its file does not say what its reader has read', () => {
  const channel = makeChannel()
  writeHold(channel, 'app.log', HOLD)
  for (const text of ['', '{', '{"logId":1}']) {
    writeFileSync(join(channel, 'holds/app.log/archive'), text)
    expect(readHolds(channel, 'app.log')).toMatchObject([{ name: 'archive', position: 0 }])
  }
  rmSync(join(channel, 'holds/app.log/archive'))
  mkdirSync(join(channel, 'holds/app.log/archive'))
  expect(() => readHolds(channel, 'app.log')).toThrow('is not a regular file')
})

test.each(['holds', 'holds/app.log'])(
  'no hold should be written or removed where a link leads that is called %s',
  (name) => {
    const channel = makeChannel()
    const outside = temporaryDirectory()
    mkdirSync(join(outside, 'app.log'))
    for (const place of [outside, join(outside, 'app.log')]) writeFileSync(join(place, 'archive'), 'as it was')
    if (name !== 'holds') mkdirSync(join(channel, 'holds'))
    symlinkSync(outside, join(channel, name))

    expect(() => writeHold(channel, 'app.log', HOLD)).toThrow(/ENOTDIR|ELOOP/)
    expect(() => removeHold(channel, 'app.log', 'archive')).toThrow(/ENOTDIR|ELOOP/)
    expect(readFileSync(join(outside, 'archive'), 'utf8')).toBe('as it was')
    expect(readdirSync(join(outside, 'app.log'))).toEqual(['archive'])
  },
)

test.skipIf(!isRoot)('a hold of root should belong to the user whose channel it is, whose listener reads it', () => {
  const channel = makeChannel()
  chownSync(channel, NOBODY, NOBODY)

  writeHold(channel, 'app.log', HOLD)

  for (const path of ['holds', 'holds/app.log', 'holds/app.log/archive']) {
    const { uid, gid, mode } = statSync(join(channel, path))
    expect([path, uid, gid, mode & 0o077]).toEqual([path, NOBODY, NOBODY, 0])
  }
})

test('a hold should be gone with the drafts of readers that were killed, and no other one with it', () => {
  const channel = makeChannel()
  const random = '0123456789abcdef'
  const names = ['archive', 'archive.a', `archive.${random}`]
  for (const name of names) writeHold(channel, 'app.log', { ...HOLD, name })
  const directory = join(channel, 'holds/app.log')
  const drafts = names.map((name) => `${name}.${random}.new`)
  for (const draft of drafts) writeFileSync(join(directory, draft), '')

  sweepDrafts(channel, 'app.log', 'archive')
  expect(existsSync(join(directory, drafts[0] ?? ''))).toBe(true)
  utimesSync(join(directory, drafts[0] ?? ''), 0, 0)
  sweepDrafts(channel, 'app.log', 'archive')
  expect(drafts.filter((draft) => existsSync(join(directory, draft)))).toEqual(drafts.slice(1))
  removeHold(channel, 'app.log', 'archive')

  expect(readHolds(channel, 'app.log').map(({ name }) => name)).toEqual([`archive.${random}`, 'archive.a'])
  expect(drafts.filter((draft) => existsSync(join(directory, draft)))).toEqual(drafts.slice(1))
  removeHold(channel, 'other.log', 'archive')
})
