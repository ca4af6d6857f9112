import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { destination, FunnelError, type DestinationOptions } from 'pino-funnel'
import { describe, expect, test } from 'vitest'
import { startFixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'

const NOBODY = 65_534

describe('destination()', () => {
  const unusable: [string, string, RegExp, (directory: LogDirectory) => unknown][] = [
    ['nothing is given', 'FUNNEL_OPTION_INVALID', /must be an object .*; got undefined/, () => undefined],
    ['no file is given', 'FUNNEL_OPTION_INVALID', /'file' is missing: set it to a path/, () => ({})],
    ['the file is empty', 'FUNNEL_OPTION_INVALID', /'file' must be a path .*; got ''/, () => ({ file: '' })],
    ['the file is a number', 'FUNNEL_OPTION_INVALID', /'file' must be a path .*; got 1\./, () => ({ file: 1 })],
    [
      'an option is unknown',
      'FUNNEL_OPTION_UNKNOWN',
      /'fiel' does not exist\. The options are file,/,
      () => ({ fiel: 'x' }),
    ],
    [
      'an option is one of pino.destination()',
      'FUNNEL_OPTION_UNKNOWN',
      /'minLength' does not exist\. Records are not held back/,
      ({ file }) => ({ file, minLength: 4096 }),
    ],
    [
      'sync is what pino.destination() takes',
      'FUNNEL_OPTION_INVALID',
      /'sync' must be 'never', .*; got true\./,
      ({ file }) => ({ file, sync: true }),
    ],
    [
      'the order is none',
      'FUNNEL_OPTION_INVALID',
      /'order' must be 'time' or \{ by: 'time', window: ms \}, .*; got 'level'\./,
      ({ file }) => ({ file, order: 'level' }),
    ],
    [
      'a link is to lead to several files',
      'FUNNEL_OPTION_INVALID',
      /'symlink' can't be true where the file's name has \{level\}/,
      ({ file }) => ({ file: file.replace('app', '{level}'), symlink: true }),
    ],
    [
      'the value of mmap does not exist',
      'FUNNEL_OPTION_INVALID',
      /'mmap' must be one of 'auto', 'require', 'never'; got 'ring'\./,
      ({ file }) => ({ file, mmap: 'ring' }),
    ],
    [
      'a time is negative',
      'FUNNEL_OPTION_INVALID',
      /'flushTimeout' must be milliseconds from 0 on; got -1\./,
      ({ file }) => ({ file, flushTimeout: -1 }),
    ],
    [
      'the mode is text, and not octal',
      'FUNNEL_OPTION_INVALID',
      /'mode' must be permission bits .*; got 'rw-r--r--'\./,
      ({ file }) => ({ file, mode: 'rw-r--r--' }),
    ],
    [
      'the file is a directory',
      'FUNNEL_LOG_FILE_UNUSABLE',
      /logs is a directory.*Set the option 'file' to a file inside it/,
      ({ logs }) => ({ file: logs }),
    ],
    [
      'the directory is missing, and not to be made',
      'FUNNEL_LOG_DIRECTORY_UNUSABLE',
      /none can't be used: it does not exist.*'mkdir'/,
      ({ logs }) => ({ file: join(logs, 'none', 'app.log'), mkdir: false }),
    ],
    [
      'the directory is a file',
      'FUNNEL_LOG_DIRECTORY_UNUSABLE',
      /a part of this path is not a directory/,
      ({ logs }) => {
        writeFileSync(join(logs, 'plain'), '')
        return { file: join(logs, 'plain', 'app.log') }
      },
    ],
    [
      'the channel directory is a symbolic link',
      'FUNNEL_CHANNEL_SYMLINK',
      /\.pino-funnel is a symbolic link.*Remove it/,
      ({ file, channel, root }) => {
        mkdirSync(join(root, 'elsewhere'))
        symlinkSync(join(root, 'elsewhere'), channel)
        return { file }
      },
    ],
    [
      'the channel directory is a file',
      'FUNNEL_CHANNEL_NOT_A_DIRECTORY',
      /a-file is not a directory/,
      ({ file, root }) => {
        writeFileSync(join(root, 'a-file'), '')
        return { file, channelDir: join(root, 'a-file') }
      },
    ],
    [
      'the channel is of another format version',
      'FUNNEL_CHANNEL_FORMAT',
      /has format version 7, and .* knows version 1 only.*same major version/,
      ({ file, channel }) => {
        mkdirSync(channel, { mode: 0o700 })
        writeFileSync(join(channel, 'channel.json'), '{"format":7,"logDirectory":".."}\n')
        return { file }
      },
    ],
  ]

  test.each(unusable)('should say so, and touch nothing, when %s', (_when, code, message, prepare) => {
    const directory = logDirectory()
    const options = prepare(directory) as DestinationOptions
    const before = everythingIn(directory.root)

    const error = errorOf(() => destination(options))

    expect(error).toMatchObject({ code })
    expect(error?.message).toMatch(message)
    expect(everythingIn(directory.root)).toEqual(before)
  })

  test('should work when the channel path is too long for a socket, without ever using a shorter one', async () => {
    const directory = logDirectory()
    const { ledgers } = directory
    const deep = join(directory.logs, 'a-directory-deep-down-'.repeat(8), 'and-another-one-'.repeat(12))
    mkdirSync(deep, { recursive: true })

    for (const name of ['app.log', 'app.log2']) {
      const settings = {
        file: join(deep, name),
        ledgers,
        worker: name,
        count: 1_000,
        next: 'flush',
        flushTimeout: 120_000,
      }
      await startFixture('worker/log', [JSON.stringify(settings)]).succeeded()
    }

    const files = ['app.log', 'app.log2'].map((name) => join(deep, name))
    expect(await directory.check(files)).toMatchObject({ logged: 2_000, ok: true, examples: [] })
    expect(readdirSync(directory.logs)).toEqual(['a-directory-deep-down-'.repeat(8)])
  })
})

describe.runIf(process.getuid?.() === 0)('destination() of another user', () => {
  test('should say so when the log directory may not be written', async () => {
    const directory = logDirectory()
    letOthersIn(directory)

    const opened = await openAs(NOBODY, { file: directory.file })

    expect(opened).toMatch(/^FUNNEL_LOG_DIRECTORY_UNUSABLE: .*may not write there\. Give user 65534 write permission/)
    expect(existsSync(directory.channel)).toBe(false)
  })

  test('should say so when the log file may not be written', async () => {
    const directory = logDirectory()
    letOthersIn(directory)
    chmodSync(directory.logs, 0o777)
    writeFileSync(directory.file, 'kept\n', { mode: 0o644 })

    const opened = await openAs(NOBODY, { file: directory.file })

    expect(opened).toMatch(/^FUNNEL_LOG_FILE_UNUSABLE: .*may not be written by user 65534/)
    expect(readFileSync(directory.file, 'utf8')).toBe('kept\n')
  })

  test.each([
    ['root', NOBODY, 0],
    ['another user', NOBODY - 1, NOBODY],
  ])("should say so when the channel directory is another user's, and this one is %s", async (_who, owner, user) => {
    const directory = logDirectory()
    letOthersIn(directory)
    mkdirSync(directory.channel, { mode: 0o700 })
    chownSync(directory.channel, owner, owner)
    if (user !== 0) chmodSync(directory.logs, 0o777)

    const opened = await openAs(user, { file: directory.file })

    expect(opened).toMatch(
      new RegExp(`^FUNNEL_CHANNEL_FOREIGN: .*belongs to user ${owner}, and this process runs as user ${user}`),
    )
  })
})

test('an uncaught error should be read without scrolling: Node.js prints the code that has thrown it before', async () => {
  const { file, ledgers } = logDirectory()
  const settings = { file, ledgers, worker: 'worker', count: 1, fiel: 'x' }

  const program = startFixture('worker/log', [JSON.stringify(settings)])

  expect(await program.exited()).toMatchObject({ code: 1 })
  expect(program.stderr).toContain("FunnelError: Option 'fiel' does not exist.")
  expect(program.stderr.indexOf('FunnelError:')).toBeLessThan(1500)
})

function errorOf(act: () => unknown): FunnelError | undefined {
  try {
    act()
  } catch (error) {
    return error instanceof FunnelError ? error : undefined
  }
  return undefined
}

function everythingIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()
}

function letOthersIn({ root, logs }: LogDirectory): void {
  for (const path of [root, logs]) chmodSync(path, 0o755)
}

async function openAs(uid: number, options: DestinationOptions): Promise<string> {
  const process = startFixture('program/open-as', [JSON.stringify({ uid, options })])
  await process.succeeded()
  return process.stdout
}
