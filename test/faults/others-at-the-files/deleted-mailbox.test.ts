import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { startWorkers, type CommandedWorker } from '../../kit/processes/commanded-worker.ts'
import { mappedInSample, mmaps, plainInSample } from '../../kit/machine/mmaps.ts'
import { removeInUse } from '../../kit/remove-in-use.ts'
import { kill } from '../../kit/started-processes.ts'

/** As a clean-up by hand may do it: channel and listener stay. */
function deleteMailboxes(directory: LogDirectory): void {
  for (const id of directory.mailboxes()) removeInUse(join(directory.channel, 'mailboxes', id))
}

async function startWorker(directory: LogDirectory, options: object): Promise<CommandedWorker> {
  const [worker] = await startWorkers(directory, ['worker'], options)
  await worker!.does({ log: 100 })
  await worker!.does({ flush: true })
  return worker!
}

/** Whether what the mailbox had is in the log file can't be known: a flush says so. */
async function failsToFlush(worker: CommandedWorker): Promise<void> {
  await worker.does({ flush: true })
  expect(worker.fixture.stdout, 'the first flush since has failed').toMatch(/done \d+ FUNNEL_MAILBOX_GONE\n$/)
}

async function leave(directory: LogDirectory, worker: CommandedWorker): Promise<void> {
  await worker.does({ flush: true })
  expect(worker.fixture.stdout, 'the last flush has worked').toMatch(/done \d+ \n$/)
  await worker.leaves()
  await directory.drained()
  await directory.listenerGone()
}

describe.each(mmaps)('a mailbox that was deleted, mmap %s', (mmap) => {
  test('should be replaced, and nothing be lost, when its listener notices', async () => {
    const directory = logDirectory()
    const worker = await startWorker(directory, { mmap, linger: 0 })
    deleteMailboxes(directory)
    await worker.warned('FUNNEL_MAILBOX_GONE')
    await worker.does({ log: 3_000 })
    await leave(directory, worker)
    expect(await accountOf(directory, [directory.file])).toMatchObject({ ...faultless, found: 3_100, dropped: {} })
    expect(worker.warnings).toEqual(['FUNNEL_MAILBOX_GONE'])
  })

  test('should be replaced by the log call that needs another segment, without a turn of the event loop', async () => {
    const directory = logDirectory()
    const worker = await startWorker(directory, { mmap, linger: 0 })
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    deleteMailboxes(directory)
    await worker.does({ log: 20_000 })
    kill(pid, 'SIGCONT')
    await failsToFlush(worker)
    await leave(directory, worker)
    // The listener has the deleted segment open, and reads it to its end.
    expect(await accountOf(directory, [directory.file])).toMatchObject({ ...faultless, found: 20_100, dropped: {} })
    expect(worker.warnings).toEqual(['FUNNEL_MAILBOX_GONE'])
  })
})

describe.each(plainInSample)('a mailbox that was deleted, mmap %s', (mmap) => {
  test('should be replaced, and its drops be reported by the log, when it was full', async () => {
    const directory = logDirectory()
    const worker = await startWorker(directory, { mmap, linger: 0, maxMailboxBytes: 2_097_152 })
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    await worker.does({ log: 20_000, length: 200 })
    deleteMailboxes(directory)
    kill(pid, 'SIGCONT')
    await worker.warned('FUNNEL_MAILBOX_GONE')
    await worker.does({ log: 100 })
    await failsToFlush(worker)
    await leave(directory, worker)
    const account = await accountOf(directory, [directory.file])
    expect(Object.keys(account.dropped)).toHaveLength(1)
    expect(account.reported).toEqual(account.dropped)
    expect({ ...account, lost: 0 }, 'what waited has gone with the mailbox').toMatchObject(faultless)
  })
})

describe.each(mappedInSample)('a mailbox that was deleted, mmap %s', (mmap) => {
  test('should fail a flush of what has gone with it', async () => {
    const directory = logDirectory()
    const worker = await startWorker(directory, { mmap })
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    await worker.does({ log: 10 })
    worker.send({ flush: true })
    deleteMailboxes(directory)
    // The next listener knows nothing of it.
    kill(pid, 'SIGKILL')
    await worker.fixture.printed('done 4 FUNNEL_MAILBOX_GONE')
    await worker.does({ log: 10 })
    await worker.does({ flush: true })
    await worker.leaves()
    await directory.drained()
    expect(await accountOf(directory, [directory.file])).toMatchObject({ ...faultless, found: 110, lost: 10 })
  })

  test('should fail the next flush, once, when what has gone with it was in no flush', async () => {
    const directory = logDirectory()
    const worker = await startWorker(directory, { mmap, linger: 0 })
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    await worker.does({ log: 10 })
    deleteMailboxes(directory)
    kill(pid, 'SIGKILL')
    await worker.warned('FUNNEL_MAILBOX_GONE')
    await failsToFlush(worker)
    await worker.does({ log: 10 })
    await leave(directory, worker)
    expect(await accountOf(directory, [directory.file])).toMatchObject({ ...faultless, found: 110, lost: 10 })
  })
})
