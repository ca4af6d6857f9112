import { ensureChannel } from '@pino-funnel/channel'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { channelLogs, isThere, logsOf } from './logs-of.ts'

/** A log directory whose channel is elsewhere. */
function makeLogs(...names: string[]): { readonly at: (name: string) => string; readonly channel: string } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-logs-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const at = (name: string): string => join(root, 'logs', name)
  mkdirSync(join(root, 'logs'))
  const channel = ensureChannel(join(root, 'channel'), join(root, 'logs'))
  channel.close()
  writeFileSync(join(channel.root, 'logs'), names.map((name) => `\n${JSON.stringify(name)}`).join(''))
  for (const name of names) writeFileSync(at(name), '')
  return { at, channel: channel.root }
}

describe('the logs of a channel that is elsewhere', () => {
  test.each([
    ['the channel in the place of the log directory', '', ['app.log', 'app.1.log']],
    ['the log directory', '.', ['app.log', 'app.1.log']],
    ['one log', 'app.log', ['app.log']],
    ['a pattern', 'app.{n}.log', ['app.1.log']],
  ])('should be found by %s', async (_, path, names) => {
    const { at, channel } = makeLogs('app.log', 'app.1.log')

    const found = await logsOf(path === '' ? { path: channel, channel: undefined } : { path: at(path), channel })

    expect(found).toMatchObject({ logs: names.map(at), channelDir: channel })
  })

  test('should be listed for commands that follow them', async () => {
    const { at, channel: root } = makeLogs('app.log')

    const list = await channelLogs({ root, logDirectory: at('.') })

    expect(await list()).toEqual([at('app.log')])
  })

  test('should be refused when no channel is there', async () => {
    const { at } = makeLogs('app.log')

    await expect(logsOf({ path: at('app.log'), channel: at('elsewhere') })).rejects.toThrow(
      `There is no channel at ${at('elsewhere')}`,
    )
  })
})

test('a log should be there by its rotated files, and not by another log with a similar name', () => {
  const { at } = makeLogs()
  for (const name of ['app.error.log', 'app.error.1.log', 'old.2026-11-21.3.log.gz', 'web.log.1'])
    writeFileSync(at(name), '')

  expect(['app.log', 'app.error.log', 'old.log', 'web.log', 'none.log'].filter((name) => isThere(at(name)))).toEqual([
    'app.error.log',
    'old.log',
    'web.log',
  ])
})
