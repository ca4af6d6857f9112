import { lstatSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { ensureChannel, openChannel } from './channel.ts'
import { newChannelDraft, sweepChannelDrafts } from './channel-drafts.ts'
import { defaultChannelRoot } from './log-target.ts'

const HOUR = 60 * 60 * 1000

/** A channel, and beside it the draft of a process that was killed while making one. */
function abandonedDraft(): { logs: string; root: string; draft: string } {
  const logs = temporaryDirectory()
  const root = defaultChannelRoot(logs)
  const draft = newChannelDraft(root)
  ensureChannel(root, logs)
  renameSync(root, draft)
  ensureChannel(root, logs)
  return { logs, root, draft }
}

function makeOld(path: string): void {
  const longAgo = (Date.now() - 2 * HOUR) / 1000
  utimesSync(path, longAgo, longAgo)
}

describe('the draft of a channel whose maker was killed', () => {
  test('should be swept up when it is old, however far it was made', () => {
    const { logs, root, draft } = abandonedDraft()
    const empty = newChannelDraft(root)
    mkdirSync(empty)
    for (const old of [draft, empty]) makeOld(old)
    sweepChannelDrafts({ root, directory: root }, HOUR)
    expect(readdirSync(logs)).toEqual(['.pino-funnel'])
  })

  test('should be left alone while it may still be in the making', () => {
    const { root, draft } = abandonedDraft()
    sweepChannelDrafts({ root, directory: root }, HOUR)
    expect(readdirSync(draft)).toHaveLength(3)
  })

  test.each([
    ['has a file of another program in it', (draft: string) => writeFileSync(join(draft, 'photo.jpg'), '')],
    ['has something in its mailboxes', (draft: string) => mkdirSync(join(draft, 'mailboxes', 'something'))],
    ['has something in its tmp', (draft: string) => writeFileSync(join(draft, 'tmp', 'something'), '')],
  ])('should be left alone when it %s', (_what, change) => {
    const { root, draft } = abandonedDraft()
    change(draft)
    const before = readdirSync(draft, { recursive: true }).length
    makeOld(draft)
    sweepChannelDrafts({ root, directory: root }, HOUR)
    expect(readdirSync(draft, { recursive: true }).length).toBeGreaterThanOrEqual(before - 1)
  })

  test.each(['.pino-funnel.0123', '.pino-funnel.0123456789abcdef0', 'x.pino-funnel.0123456789abcdef', '.pino-funnel'])(
    'should not be taken for %s',
    (name) => {
      const { logs, root } = abandonedDraft()
      const other = join(logs, name)
      mkdirSync(other, { recursive: true })
      makeOld(other)
      sweepChannelDrafts({ root, directory: root }, HOUR)
      expect(lstatSync(other).isDirectory()).toBe(true)
    },
  )

  test('should not be followed when a symbolic link has its name', () => {
    const { logs, root, draft } = abandonedDraft()
    makeOld(draft)
    const target = join(logs, 'target')
    renameSync(draft, target)
    symlinkSync(target, draft)
    sweepChannelDrafts({ root, directory: root }, -HOUR)
    expect(readdirSync(target)).toHaveLength(3)
  })

  test('should be swept up where the channel is now, when both were moved', () => {
    const { logs, root, draft } = abandonedDraft()
    makeOld(draft)
    const channel = openChannel(root)
    onTestFinished(() => channel.close())
    renameSync(logs, `${logs}-moved`)
    onTestFinished(() => renameSync(`${logs}-moved`, logs))
    sweepChannelDrafts(channel, HOUR)
    const expected = channel.directory === root ? 2 : 1
    expect(readdirSync(`${logs}-moved`)).toHaveLength(expected)
  })

  test('should be left alone when the directory is gone', () => {
    const root = join(temporaryDirectory(), 'gone', '.pino-funnel')
    expect(() => sweepChannelDrafts({ root, directory: root }, HOUR)).not.toThrow()
  })

  test('should be swept up with an old, empty file that was made to see its owner', () => {
    const logs = temporaryDirectory()
    const root = defaultChannelRoot(logs)
    const name = (digit: string): string => `.pino-funnel-owner.${digit.repeat(16)}`
    for (const digit of ['1', '2', '3']) writeFileSync(join(logs, name(digit)), digit === '2' ? 'text' : '')
    for (const digit of ['1', '2']) makeOld(join(logs, name(digit)))
    sweepChannelDrafts({ root, directory: root }, HOUR)
    expect(readdirSync(logs).toSorted()).toEqual([name('2'), name('3')])
  })
})
