import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startWorkers } from '../kit/processes/commanded-worker.ts'
import {
  freezeObstacle,
  limitObstacle,
  linuxObstacle,
  mountObstacle,
  otherUserObstacle,
} from '../kit/machine/obstacles.ts'
import { freeze, mountExt4, mountTmpfs } from '../kit/machine/mounts.ts'
import { startFixture } from '../kit/processes/fixture.ts'
import { kill } from '../kit/started-processes.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { expectFindings, workerAtWork, NOBODY, asNobody } from './diagnose.ts'

describe.skipIf(linuxObstacle() !== undefined)('pino-funnel doctor, about files and disks', () => {
  test('should find that a log file can not be appended to', async () => {
    const directory = logDirectory()
    const worker = await workerAtWork(directory)
    // The listener makes the log file when it finds the worker: it must have done so.
    rmSync(directory.file)
    mkdirSync(directory.file)
    await worker.does({ log: 10 })

    const { findings } = await expectFindings(directory, ['log-file-trouble', 'log-file-unwritable'])

    expect(findings[0]?.subject).toBe(directory.file)
    rmSync(directory.file, { recursive: true })
    await worker.does({ flush: true })
    await expectFindings(directory, [])
  })

  test('should find a disk that is full', async ({ skip }) => {
    skip(mountObstacle() !== undefined, mountObstacle())
    const directory = logDirectory()
    mountTmpfs(directory.logs, '2m')
    await workerAtWork(directory)

    await expectFindings(directory, ['disk-full'])
  })

  test('should find a listener that hangs at the disk of the log', async ({ skip }) => {
    skip(freezeObstacle() !== undefined, freezeObstacle())
    const directory = logDirectory('elsewhere')
    mountExt4(directory.logs)
    const worker = await workerAtWork(directory, { channelDir: directory.channel })
    const { thaw } = freeze(directory.logs)
    await worker.does({ log: 10 })

    await expectFindings({ logs: directory.channel }, ['listener-hangs'])

    thaw()
    await worker.does({ flush: true })
    await expectFindings({ logs: directory.channel }, [])
  })

  test('should find records that were dropped because no listener has collected them', async () => {
    const directory = logDirectory()
    const worker = await workerAtWork(directory, { maxMailboxBytes: 2 * 2 ** 20 })
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    await worker.does({ log: 60_000, length: 100 })

    const { findings } = await expectFindings(directory, ['listener-stopped', 'records-dropped'])

    expect(findings[1]).toMatchObject({ what: expect.stringContaining('mailbox full') as string })
  })

  test('should find a listener that has a limit on the size of files', async ({ skip }) => {
    skip(limitObstacle() !== undefined, limitObstacle())
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    const { pid } = await directory.listenerPresent()
    execFileSync('prlimit', ['--pid', String(pid), '--fsize=1000000'])

    const { findings } = await expectFindings(directory, ['listener-limited'])

    expect(findings[0]).toMatchObject({ subject: `pid ${pid}` })
    await worker!.leaves()
  })

  test('should find a log directory that may not be written', async ({ skip }) => {
    skip(otherUserObstacle() !== undefined, otherUserObstacle())
    const directory = logDirectory()
    for (const path of [directory.root, directory.logs, directory.ledgers]) chownSync(path, NOBODY, NOBODY)
    await workerAtWork(directory, {}, asNobody)
    chmodSync(directory.logs, 0o555)

    const command = startFixture('program/command-as', [
      JSON.stringify({ uid: NOBODY, args: ['doctor', directory.logs] }),
    ])

    expect(await command.exited()).toEqual({ code: 1, signal: null })
    expect(command.stdout).toMatch(`1 fault: log-directory-unwritable ${directory.logs}\n`)
    expect(command.stdout.match(/FOUND +\S+ \S+/g)).toEqual([`FOUND     log-directory-unwritable: ${directory.logs}`])
    chmodSync(directory.logs, 0o755)
  })

  test('should find a journal that was put aside', async () => {
    const directory = logDirectory()
    await workerAtWork(directory)
    writeFileSync(join(directory.channel, 'journal.damaged'), 'nonsense')

    await expectFindings(directory, ['journal-damaged'])
  })

  test('should find a channel that is open to others, and has something of theirs', async ({ skip }) => {
    skip(otherUserObstacle() !== undefined, otherUserObstacle())
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    await worker!.leaves()
    await directory.listenerGone()
    const planted = join(directory.channel, 'planted')
    writeFileSync(planted, '')
    chownSync(planted, NOBODY, NOBODY)
    chmodSync(directory.channel, 0o755)

    const { findings } = await expectFindings(directory, ['channel-unusable'])

    expect(findings[0]).toMatchObject({ what: expect.stringContaining(`chmod 700 ${directory.channel}`) as string })
    rmSync(planted)
    chmodSync(directory.channel, 0o700)
  })

  test('should find that the channel belongs to another user', async ({ skip }) => {
    skip(otherUserObstacle() !== undefined, otherUserObstacle())
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    await worker!.does({ log: 10 })
    chmodSync(directory.root, 0o755)

    const command = startFixture('program/command-as', [
      JSON.stringify({ uid: NOBODY, args: ['doctor', directory.logs] }),
    ])

    expect(await command.exited()).toEqual({ code: 1, signal: null })
    expect(command.stdout).toMatch(/FOUND +channel-unusable/)
  })
})
