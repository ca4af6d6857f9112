import { processIsStopped, processStart } from '@pino-funnel/channel'
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { grown, loggedMore, nextListener } from '../../kit/logs/progress.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { mmaps } from '../../kit/machine/mmaps.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { startWorkers, type CommandedWorker } from '../../kit/processes/commanded-worker.ts'
import { mailboxStatus } from '../../kit/processes/listener-status.ts'
import { kill } from '../../kit/started-processes.ts'
import { until } from '../../kit/until.ts'

/** The log file has no mailbox of the listener beside that of the worker: no event of a worker is recorded. */
async function startWorker(directory: LogDirectory, options: object = {}): Promise<CommandedWorker> {
  const [worker] = await startWorkers(directory, ['worker'], { lifecycle: false, ...options })
  await worker!.does({ log: 1_000 })
  await worker!.does({ flush: true })
  return worker!
}

/** @returns moves it back */
function moveAway(directory: LogDirectory, path: string): () => void {
  const away = join(directory.root, 'away')
  renameSync(path, away)
  return () => renameSync(away, path)
}

function mailboxIn(directory: LogDirectory): string {
  const [id] = directory.mailboxes()
  return join(directory.channel, 'mailboxes', id!)
}

/** A flush fails, once, if anything may be lost; the next one works. */
async function flushes(worker: CommandedWorker): Promise<void> {
  await worker.does({ flush: true })
  expect(worker.fixture.stdout).toMatch(/done \d+ (FUNNEL_MAILBOX_GONE)?\n$/)
  await worker.does({ flush: true })
  expect(worker.fixture.stdout, 'the second flush has worked').toMatch(/done \d+ \n$/)
}

async function found(directory: LogDirectory, records: number): Promise<void> {
  await until(async () => (await directory.check()).found === records, `${records} records to be in the log`)
}

async function collected(mailbox: string): Promise<void> {
  await until(() => !existsSync(mailbox), `the mailbox ${mailbox} to be collected and deleted`)
}

describe('a mailbox that was moved away and back', () => {
  test.each(mmaps)('should give each record once when the same listener finds it again, mmap %s', async (mmap) => {
    const directory = logDirectory()
    const worker = await startWorker(directory, { mmap })
    const mailbox = mailboxIn(directory)
    const moveBack = moveAway(directory, mailbox)
    await worker.does({ log: 1_000 })
    await worker.warned('FUNNEL_MAILBOX_GONE')
    await worker.does({ log: 1_000 })
    await flushes(worker)
    const isForgotten = async (): Promise<boolean> =>
      (await mailboxStatus(directory)).every(({ id }) => !mailbox.endsWith(id))
    await until(isForgotten, 'the listener to let go of the mailbox')

    moveBack()
    await collected(mailbox)

    await worker.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 3_000, dropped: {} })
    expect(worker.warnings).toEqual(['FUNNEL_MAILBOX_GONE'])
  })

  test('should give each record once when another listener was there meanwhile', async () => {
    const directory = logDirectory()
    const worker = await startWorker(directory)
    const mailbox = mailboxIn(directory)
    const { pid, epoch } = await directory.listenerPresent()
    const moveBack = moveAway(directory, mailbox)
    await worker.does({ log: 1_000 })
    await worker.warned('FUNNEL_MAILBOX_GONE')
    await found(directory, 2_000)
    kill(pid, 'SIGKILL')
    await worker.does({ log: 1_000 })
    await nextListener(directory, epoch)
    await flushes(worker)

    moveBack()
    await collected(mailbox)

    await worker.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 3_000, dropped: {} })
  })
})

describe('moved away and back before the listener has noticed', () => {
  test.each(['a mailbox', 'the channel'])('should change nothing when it is %s', async (what) => {
    const directory = logDirectory()
    const worker = await startWorker(directory)
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    await until(() => processIsStopped(pid, processStart(pid)), 'the listener to be stopped')
    const moveBack = moveAway(directory, what === 'a mailbox' ? mailboxIn(directory) : directory.channel)
    await worker.does({ log: 100 })
    moveBack()
    kill(pid, 'SIGCONT')

    await worker.does({ log: 1_000 })
    await worker.does({ flush: true })
    expect(worker.fixture.stdout, 'the flush has worked').toMatch(/done \d+ \n$/)

    await worker.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 2_100, dropped: {} })
    expect(worker.warnings).toEqual([])
  })
})

describe('a channel that was moved away and back', () => {
  test('should lose nothing but what was counted when another took its place meanwhile, under way', async () => {
    const directory = logDirectory()
    const worker = await startWorker(directory, { linger: 0 })
    const { pid } = worker.fixture
    const [first, second] = [directory.path('first'), directory.path('second')]
    worker.send({ logUntilNext: 100 })
    await grown(directory, 100_000)

    renameSync(directory.channel, first)
    await worker.warned('FUNNEL_MAILBOX_GONE')
    await directory.listenerPresent()
    await loggedMore(directory, 'worker', 1_000)

    kill(pid, 'SIGSTOP')
    await until(
      () => processIsStopped(pid, processStart(pid)),
      'the worker to be stopped, so that it makes no third one',
    )
    renameSync(directory.channel, second)
    renameSync(first, directory.channel)
    kill(pid, 'SIGCONT')
    await directory.listenerPresent()
    await loggedMore(directory, 'worker', 1_000)

    await flushes(worker)
    await worker.leaves()
    await directory.drained()
    await directory.listenerGone()
    await pinoFunnel('recover', second).succeeded()
    const account = await accountOf(directory)
    // What waited when the channel was moved came later.
    expect({ ...account, outOfOrder: 0 }).toMatchObject({ ...faultless, reported: account.dropped })
  })
})
