import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { changeAttribute, temporaryChannel } from '../testing/channel.test-kit.ts'
import { sweepDrafts } from './sweep-drafts.ts'

const HOUR = 3_600_000

describe('sweepDrafts', () => {
  test('should remove what is older than an hour, or was to be deleted, and leave what is being made', () => {
    const { tmp, ...channel } = temporaryChannel()
    for (const name of ['old', 'old-directory', 'new', 'deleted.gone']) {
      if (name.endsWith('directory')) mkdirSync(join(tmp, name))
      else writeFileSync(join(tmp, name), '')
    }
    const longAgo = new Date(Date.now() - 1.1 * HOUR)
    for (const name of ['old', 'old-directory']) utimesSync(join(tmp, name), longAgo, longAgo)
    sweepDrafts({ tmp, ...channel })
    expect(readdirSync(tmp)).toEqual(['new'])
  })

  test('should make what a cleaner has removed of the channel again', () => {
    const channel = temporaryChannel()
    for (const directory of [channel.tmp, channel.mailboxes]) rmSync(directory, { recursive: true })
    sweepDrafts(channel)
    expect(readdirSync(channel.tmp)).toEqual([])
    expect(readdirSync(channel.mailboxes)).toEqual([])
  })

  test('should remove all others when one can not be removed, and say why', ({ skip }) => {
    const channel = temporaryChannel()
    const stuck = join(channel.tmp, 'a.gone')
    for (const name of ['a.gone', 'b.gone']) mkdirSync(join(channel.tmp, name))
    writeFileSync(join(stuck, 'header'), '')
    skip(!changeAttribute('+i', stuck), 'it needs root, and a file system with immutable files')
    onTestFinished(() => void changeAttribute('-i', stuck))
    expect(() => sweepDrafts(channel)).toThrow('EPERM')
    expect(readdirSync(channel.tmp)).toEqual(['a.gone'])
  })

  test('should leave what is being made when the clock of this process is hours ahead', () => {
    const channel = temporaryChannel()
    const beside = `${channel.root}.0123456789abcdef`
    mkdirSync(beside)
    writeFileSync(join(channel.tmp, 'new'), '')
    const now = Date.now()
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now + 3 * HOUR)
    onTestFinished(() => clock.mockRestore())
    sweepDrafts(channel)
    expect(readdirSync(channel.tmp)).toEqual(['new'])
    expect(readdirSync(channel.logDirectory).toSorted()).toEqual(['.pino-funnel', '.pino-funnel.0123456789abcdef'])
  })
})
