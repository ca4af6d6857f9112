import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { plainUser, startChild } from '../testing/child.test-kit.ts'
import { patience, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { openChannel } from './channel.ts'
import { defaultChannelRoot } from './log-target.ts'

/** A directory that belongs to the user the children run as. */
function plainUsersDirectory(): string {
  const directory = temporaryDirectory()
  if (plainUser.uid !== undefined && plainUser.gid !== undefined) chownSync(directory, plainUser.uid, plainUser.gid)
  return directory
}

const CONTENDERS = 6

describe('making a channel', patience, () => {
  test('should give one channel, with nothing left beside it, when many processes do it at the same moment', async () => {
    const logs = temporaryDirectory()
    const root = defaultChannelRoot(logs)
    const children = Array.from({ length: CONTENDERS }, (_, number) =>
      startChild(
        `contender ${number}`,
        `const { ensureChannel, MailboxWriter, resolveLogTarget, defaultChannelRoot } = require('@pino-funnel/channel')
        const { statSync } = require('node:fs')
        console.log('ready')
        process.stdin.resume().on('end', () => {
          const { directory } = resolveLogTarget(process.argv[1] + '/app.log', true)
          const channel = ensureChannel(defaultChannelRoot(directory), directory)
          console.log('inode', statSync(channel.root).ino, channel.logDirectory)
        })`,
        [logs],
      ),
    )
    await Promise.all(children.map((child) => child.printed('ready')))
    for (const child of children) child.release()
    const outputs = await Promise.all(children.map((child) => child.finished()))
    const expected = `ready\ninode ${statSync(root).ino} ${logs}\n`
    expect(outputs, 'what each of them has opened').toEqual(outputs.map(() => expected))
    expect(readdirSync(logs), 'the log directory').toEqual(['.pino-funnel'])
    expect(openChannel(root).logDirectory).toBe(logs)
  })

  test.each(['000', '077', '777'])(
    'should give one that its user can use in full when the umask is %s',
    async (umask) => {
      const logs = plainUsersDirectory()
      const child = startChild(
        'a worker',
        `const { ensureChannel, openChannel, MailboxWriter, MailboxReader, proveLife, writeListenerRecord, readListenerRecord } =
        require('@pino-funnel/channel')
      const [logs, umask] = process.argv.slice(1)
      process.umask(parseInt(umask, 8))
      const root = logs + '/.pino-funnel'
      const channel = ensureChannel(root, logs)
      const profile = { role: 'worker', sync: 'never', file: 'app.log' }
      const writer = new MailboxWriter(openChannel(root), profile, 'auto')
      for (let line = 0; line < 2000; line += 1) writer.append('x'.repeat(500) + '\\n')
      const reader = new MailboxReader(channel.mailboxes, writer.id)
      console.log('bytes', reader.measure().bytes)
      reader.setBell('polling')
      console.log('asleep', writer.bell.sleepNumber() > 0)
      writeListenerRecord(channel, 3, false)
      console.log('epoch', readListenerRecord(channel).epoch)
      proveLife(writer.directory, 'life').then(({ life, socket }) => {
        console.log(life)
        socket?.destroy()
        writer.seal()
        reader.delete(channel.tmp)
      })`,
        [logs, umask],
        plainUser,
      )
      expect(await child.finished()).toBe('bytes 1002000\nasleep false\nepoch 3\nalive\n')
      const root = defaultChannelRoot(logs)
      const modes = ['', 'mailboxes', 'tmp', 'channel.json', 'epoch'].map(
        (name) => statSync(join(root, name)).mode & 0o777,
      )
      expect(modes.map((mode) => mode.toString(8))).toEqual(['700', '700', '700', '600', '600'])
    },
  )
})

describe('what a user may not do', patience, () => {
  test.each([
    ['a log directory that may not be written', 'locked/app.log', 'FUNNEL_LOG_DIRECTORY_UNUSABLE', 'write permission'],
    ['a log directory that may not be made', 'locked/sub/app.log', 'FUNNEL_LOG_DIRECTORY_UNUSABLE', 'write permission'],
    [
      'a log directory that may not be entered',
      'closed/sub/app.log',
      'FUNNEL_LOG_DIRECTORY_UNUSABLE',
      'write permission',
    ],
    ['a log file that may not be written', 'open/locked.log', 'FUNNEL_LOG_FILE_UNUSABLE', 'Change its owner or mode'],
  ])('should have its code, the path and the fix when it is about %s', async (_, path, code, cure) => {
    const root = plainUsersDirectory()
    for (const name of ['locked', 'closed', 'closed/sub', 'open']) mkdirSync(join(root, name))
    writeFileSync(join(root, 'open/locked.log'), '')
    chmodSync(join(root, 'open'), 0o777)
    chmodSync(join(root, 'locked'), 0o555)
    chmodSync(join(root, 'closed'), 0o000)
    chmodSync(join(root, 'open/locked.log'), 0o444)
    const child = startChild(
      'a worker',
      `const { resolveLogTarget } = require('@pino-funnel/channel')
      try {
        resolveLogTarget(process.argv[1], true)
      } catch (error) {
        console.log(error.name, error.code, error.message)
      }`,
      [join(root, path)],
      plainUser,
    )
    const output = await child.finished()
    chmodSync(join(root, 'closed'), 0o700)
    expect(output).toContain(`FunnelError ${code} The log`)
    expect(output).toContain(join(root, path.slice(0, path.lastIndexOf('/'))))
    expect(output).toContain(cure)
  })

  test('should say how to restore the permissions when a channel of the same user has lost them', async () => {
    const logs = plainUsersDirectory()
    const child = startChild(
      'a worker',
      `const { ensureChannel, openChannel } = require('@pino-funnel/channel')
      const { chmodSync } = require('node:fs')
      const root = process.argv[1] + '/.pino-funnel'
      ensureChannel(root, process.argv[1])
      for (const [path, mode] of [['', 0o000], ['', 0o700], ['/channel.json', 0o000]]) {
        chmodSync(root + path, mode)
        try {
          openChannel(root)
        } catch (error) {
          console.log(error.code, error.message)
        }
      }`,
      [logs],
      plainUser,
    )
    const lines = (await child.finished()).trim().split('\n')
    expect(lines.length, lines.join('\n')).toBe(2)
    for (const line of lines) {
      expect(line).toMatch(/^FUNNEL_CHANNEL_UNREADABLE The channel directory .* can't be read: .*EACCES.*chmod 700/)
    }
  })
})
