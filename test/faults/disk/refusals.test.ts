/** What destination() says when the system refuses something: the system's error, with a cure of its own for each. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startFixture, type StartOptions } from '../../kit/processes/fixture.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { coverReadOnly, mountTmpfs } from '../../kit/machine/mounts.ts'
import { limitObstacle, mountObstacle } from '../../kit/machine/obstacles.ts'

const READ_ONLY =
  /: it is on a read-only file system \(EROFS\)\. Mount it writable, or name a place on a file system that is\.$/

describe('destination() on a read-only file system', () => {
  test.for([
    ['the log directory is missing', 'none/app.log', 'FUNNEL_LOG_DIRECTORY_UNUSABLE'],
    ['its parent is missing, too', 'none/of/it/app.log', 'FUNNEL_LOG_DIRECTORY_UNUSABLE'],
    ['the log directory is there', 'app.log', 'FUNNEL_LOG_DIRECTORY_UNUSABLE'],
  ] as const)('should say so, and propose no option that is set, when %s', async ([, name, code], { skip }) => {
    skip(mountObstacle() !== undefined, mountObstacle())
    const { logs } = logDirectory()
    coverReadOnly(logs)

    const said = await open({ options: { file: join(logs, name) } })

    expect(said).toMatch(READ_ONLY)
    expect(said).toContain(`${code}: `)
    expect(said).not.toContain('mkdir')
  })
})

describe('destination() on a full disk', () => {
  test('should say how to free it when the channel has no room', async ({ skip }) => {
    skip(mountObstacle() !== undefined, mountObstacle())
    const directory = logDirectory('elsewhere')
    const place = join(directory.channel, '..')
    const options = { file: directory.file, channelDir: directory.channel, linger: 120_000 }
    mountTmpfs(place, '1m')
    expect(await open({ options })).toBe('opened')
    // Nothing frees room from here on: the mailbox is gone, and the listener does nothing more.
    const { pid } = await directory.listenerPresent()
    await directory.drained()
    kill(pid, 'SIGSTOP')
    expect(() => writeFileSync(join(place, 'ballast'), Buffer.alloc(2 * 1024 * 1024))).toThrow('ENOSPC')

    const said = await open({ options })

    expect(said).toMatch(
      /^FUNNEL_MAILBOX_NOT_MADE: A mailbox can't be made in .*: Error: ENOSPC.*\. Free space or inodes there/,
    )
  })
})

describe('destination() without file descriptors', () => {
  test('should name the limit, and blame neither permissions nor the file system', async ({ skip }) => {
    skip(limitObstacle() !== undefined, limitObstacle())
    const directory = logDirectory()
    const few = { nodeBinary: 'prlimit', nodeOptions: ['--nofile=128:128', process.execPath] }

    const said = await open({ options: { file: directory.path('{n}.log') }, count: 200 }, few)

    expect(said).toMatch(/EMFILE: too many open files.* Raise the limit on open files of a process \(ulimit -n/)
    expect(said).not.toMatch(/permission|Give|local file system/)
  })
})

describe.runIf(process.geteuid?.() !== 0)('destination() where this user may not write', () => {
  test('should say which user needs which permission', async () => {
    const { logs } = logDirectory()
    const closed = join(logs, 'closed')
    mkdirSync(closed)
    chmodSync(closed, 0o555)

    expect(await open({ options: { file: join(closed, 'new', 'app.log') } })).toMatch(
      new RegExp(`^FUNNEL_LOG_DIRECTORY_UNUSABLE: .*Give user ${process.geteuid?.()} write permission`),
    )
  })
})

async function open(settings: object, options?: StartOptions): Promise<string> {
  const fixture = startFixture('program/open-many', [JSON.stringify(settings)], options)
  await fixture.succeeded()
  return fixture.stdout.trim()
}
