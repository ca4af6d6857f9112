import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FunnelErrorCode } from '../util/errors.ts'
import { funnelError, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { ensureChannel, openChannel, type Channel } from './channel.ts'
import { defaultChannelRoot, resolveLogTarget } from './log-target.ts'

/** A log directory with a channel that may be damaged. */
function made(): { logs: string; root: string; description: string } {
  const logs = temporaryDirectory()
  const root = defaultChannelRoot(logs)
  ensureChannel(root, logs).close()
  return { logs, root, description: join(root, 'channel.json') }
}

/** What two openings of one channel have in common. */
function shownOf({ root, logDirectory, identity, directory }: Channel): unknown {
  return { root, logDirectory, identity, directory }
}

function expectRefused(root: string, logs: string, code: FunnelErrorCode, ...says: string[]): void {
  expect(() => openChannel(root), 'openChannel').toThrow(funnelError(code, ...says))
  expect(() => ensureChannel(root, logs), 'ensureChannel').toThrow(funnelError(code, ...says))
}

describe('a channel', () => {
  test('should be a private directory that describes itself, and nothing else beside it, when it was made', () => {
    const { logs, root, description } = made()
    expect(readdirSync(logs)).toEqual(['.pino-funnel'])
    expect(readdirSync(root).sort()).toEqual(['channel.json', 'mailboxes', 'tmp'])
    expect(JSON.parse(readFileSync(description, 'utf8'))).toEqual({ format: 1, logDirectory: '..' })
    const modes = [root, description, join(root, 'mailboxes'), join(root, 'tmp')].map(
      (path) => statSync(path).mode & 0o777,
    )
    expect(modes.map((mode) => mode.toString(8))).toEqual(['700', '600', '700', '700'])
  })

  test('should be the same when it is ensured again or opened', () => {
    const { logs, root } = made()
    const before = statSync(root).ino
    const channel = ensureChannel(root, logs)
    expect(statSync(root).ino, 'the directory is the one that was made').toBe(before)
    expect(shownOf(openChannel(root))).toEqual(shownOf(channel))
    expect(channel.logDirectory).toBe(logs)
  })

  test.each(['mailboxes', 'tmp'])('should be whole again when its %s were deleted', (name) => {
    const { logs, root } = made()
    rmSync(join(root, name), { recursive: true })
    ensureChannel(root, logs).close()
    expect(statSync(join(root, name)).mode & 0o777).toBe(0o700)
  })

  test('should be one when its log directory is spelled in two ways', () => {
    const { logs, root } = made()
    const link = join(temporaryDirectory(), 'link')
    symlinkSync(logs, link)
    for (const spelling of [link, relative(process.cwd(), logs)]) {
      const { directory } = resolveLogTarget(join(spelling, 'app.log'), false)
      expect(shownOf(ensureChannel(defaultChannelRoot(directory), directory)), spelling).toEqual(
        shownOf(openChannel(root)),
      )
    }
  })

  test('should have absolute paths when it is opened by a relative one', () => {
    const { logs, root } = made()
    const expected = shownOf(openChannel(root))
    expect(shownOf(openChannel(relative(process.cwd(), root)))).toEqual(expected)
    expect(shownOf(ensureChannel(relative(process.cwd(), root), logs))).toEqual(expected)
  })

  test('should know its log directory again when both were moved together', () => {
    const { logs } = made()
    const moved = join(temporaryDirectory(), 'moved')
    renameSync(logs, moved)
    expect(openChannel(defaultChannelRoot(moved)).logDirectory).toBe(moved)
  })

  test('should serve its log directory only when it was made elsewhere', () => {
    const [place, logs, others] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()]
    const root = join(place, 'channel')
    expect(ensureChannel(root, logs).logDirectory).toBe(logs)
    expect(openChannel(root).logDirectory, 'when it is opened').toBe(logs)
    expect(() => ensureChannel(root, others)).toThrow(
      funnelError('FUNNEL_CHANNEL_OTHER_LOG_DIRECTORY', root, logs, others, `Set the option 'channelDir'`),
    )
  })
})

describe('a channel that can not be trusted', () => {
  test('should be refused when there is none', () => {
    const root = join(temporaryDirectory(), 'nothing')
    expect(() => openChannel(root)).toThrow(funnelError('FUNNEL_CHANNEL_MISSING', root, 'Check the path'))
  })

  test.each(['real', 'missing'])('should be refused when it is a symbolic link to a directory that is %s', (target) => {
    const { logs, root } = made()
    const link = join(logs, 'link')
    symlinkSync(target === 'real' ? root : join(logs, 'missing'), link)
    expectRefused(link, logs, 'FUNNEL_CHANNEL_SYMLINK', link, 'Remove it')
    expect(readdirSync(logs).sort(), 'nothing was made').toEqual(['.pino-funnel', 'link'])
  })

  test('should be refused when it is a regular file', () => {
    const logs = temporaryDirectory()
    const root = defaultChannelRoot(logs)
    writeFileSync(root, '')
    expectRefused(root, logs, 'FUNNEL_CHANNEL_NOT_A_DIRECTORY', root, 'Remove it')
  })

  test.runIf(process.getuid?.() === 0)('should be refused when it belongs to another user', () => {
    const { logs, root } = made()
    chownSync(root, 65_534, 65_534)
    expectRefused(root, logs, 'FUNNEL_CHANNEL_FOREIGN', root, 'user 65534', 'as user 0', 'Run all workers')
  })

  test.each([0o755, 0o710, 0o701, 0o777, 0o2770])('should be closed to others when its mode is %o', (mode) => {
    const { root } = made()
    const mailbox = join(root, 'mailboxes', 'a'.repeat(32))
    mkdirSync(mailbox)
    const directories = [root, join(root, 'mailboxes'), join(root, 'tmp'), mailbox]
    for (const directory of directories) chmodSync(directory, mode)
    openChannel(root)
    expect(directories.map((directory) => statSync(directory).mode & 0o777)).toEqual(directories.map(() => 0o700))
  })

  test('should leave the permissions of a directory alone that is not a channel', () => {
    const [root, logs] = [temporaryDirectory(), temporaryDirectory()]
    mkdirSync(join(root, 'inside'))
    for (const directory of [root, join(root, 'inside')]) chmodSync(directory, 0o755)
    expect(() => ensureChannel(root, logs)).toThrow(funnelError('FUNNEL_CHANNEL_FORMAT', root))
    expect([root, join(root, 'inside')].map((path) => statSync(path).mode & 0o777)).toEqual([0o755, 0o755])
  })

  test
    .runIf(process.getuid?.() === 0)
    .for([
      'epoch',
      'mailboxes/stranger',
      'tmp/stranger',
      'levels/stranger',
      'holds/log/stranger',
      'ship/nats/log/stranger',
    ])('should be refused when others could enter it, and have put %s there', (name) => {
    const { logs, root } = made()
    mkdirSync(join(root, dirname(name)), { recursive: true })
    writeFileSync(join(root, name), '')
    chownSync(join(root, name), 65_534, 65_534)
    chmodSync(root, 0o777)
    expectRefused(root, logs, 'FUNNEL_CHANNEL_OPEN_TO_OTHERS', root, 'mode 777', basename(name), 'user 65534')
  })

  test.each(['{"format":2,"logDirectory":".."}', '{"format":2,"logs":[".."]}', '{"format":0}'])(
    'should be refused as another version when it describes itself as %s',
    (text) => {
      const { logs, root, description } = made()
      writeFileSync(description, text)
      expectRefused(
        root,
        logs,
        'FUNNEL_CHANNEL_FORMAT',
        description,
        `version ${text.charAt(10)}`,
        'the same major version',
      )
    },
  )

  test.each(['', '\0\0\0'])('should be opened when a power loss has left %j of its description', (text) => {
    const { logs, root, description } = made()
    writeFileSync(description, text)
    expect(openChannel(root).logDirectory).toBe(logs)
    expect(ensureChannel(root, logs).logDirectory).toBe(logs)
  })

  test.each(['{', '[]', 'null', '{"format":"1","logDirectory":".."}', '{"format":1}', '{"format":1,"logDirectory":1}'])(
    'should be refused as damaged when it describes itself as %j',
    (text) => {
      const { logs, root, description } = made()
      writeFileSync(description, text)
      expectRefused(root, logs, 'FUNNEL_CHANNEL_FORMAT', description, 'damaged', 'Move the channel directory away')
    },
  )

  test('should be refused when another program has made the directory', () => {
    const logs = temporaryDirectory()
    const root = defaultChannelRoot(logs)
    mkdirSync(root, { mode: 0o700 })
    expectRefused(root, logs, 'FUNNEL_CHANNEL_FORMAT', root, 'no channel.json', 'Move it away')
  })

  test('should be refused as unreadable when its description is not a file', () => {
    const { logs, root, description } = made()
    rmSync(description)
    mkdirSync(description)
    expectRefused(root, logs, 'FUNNEL_CHANNEL_UNREADABLE', root, 'EISDIR')
  })

  test('should be refused as unreadable when a part of its path is missing or a file', () => {
    const logs = temporaryDirectory()
    writeFileSync(join(logs, 'file'), '')
    expect(() => ensureChannel(join(logs, 'file/channel'), logs)).toThrow(
      funnelError('FUNNEL_CHANNEL_UNREADABLE', join(logs, 'file')),
    )
    expect(() => ensureChannel(join(logs, 'no/channel'), logs)).toThrow(
      funnelError('FUNNEL_CHANNEL_UNREADABLE', join(logs, 'no/channel'), 'parent must exist and be writable'),
    )
    expect(readdirSync(logs), 'nothing was made').toEqual(['file'])
  })
})
