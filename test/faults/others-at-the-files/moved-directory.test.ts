import { existsSync, mkdirSync, renameSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startFixture } from '../../kit/processes/fixture.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { removeInUse } from '../../kit/remove-in-use.ts'
import { until } from '../../kit/until.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { Launches } from '../../kit/processes/launches.ts'
import { grown, loggedMore } from '../../kit/logs/progress.ts'
import { accountOf, faultless, noticesOf } from '../../kit/logs/account.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'
import { statusReports } from '../../kit/processes/listener-status.ts'
import { mappedInSample, mmaps, plainInSample } from '../../kit/machine/mmaps.ts'

describe.each(mmaps)('moved and deleted, mmap %s', (mmap) => {
  test('should lose nothing but what was counted when the log directory is renamed under way', async () => {
    const directory = logDirectory()
    const workers = await startWorkers(directory, ['a', 'b'], { mmap })
    for (const worker of workers) worker.send({ logUntilNext: 100 })
    await grown(directory, 100_000)

    const moved = join(directory.root, 'moved')
    renameSync(directory.logs, moved)
    for (const worker of workers) await worker.warned('FUNNEL_MAILBOX_GONE')
    await until(() => existsSync(directory.channel), 'the channel to be made again')
    for (const name of ['a', 'b']) await loggedMore(directory, name, 1_000)

    for (const worker of workers) {
      await worker.does({ flush: true })
      await worker.leaves()
    }
    await directory.drained()
    await pinoFunnel('recover', moved).succeeded()
    const account = await accountOf(directory, [join(moved, 'app.log'), directory.file])
    expect(account).toMatchObject({ ...faultless, reported: account.dropped })
    for (const worker of workers) expect(worker.warnings).toHaveLength(1)
  })
})

describe.each(mappedInSample)('moved and deleted, mmap %s', (mmap) => {
  test.each(['the log directory', 'the channel'])(
    'should log on as soon as there is a new one when %s is deleted under way',
    async (what) => {
      const directory = logDirectory()
      const [worker] = await startWorkers(directory, ['worker'], { mmap })
      await worker!.does({ log: 1_000 })
      await worker!.does({ flush: true })

      removeInUse(what === 'the channel' ? directory.channel : directory.logs)
      await worker!.warned('FUNNEL_MAILBOX_GONE')
      await until(() => directory.mailboxes().length > 0, 'the channel to be made again')
      await worker!.does({ log: 5_000 })
      await worker!.does({ flush: true })

      await worker!.leaves()
      await directory.drained()
      const kept = what === 'the channel' ? 6_000 : 5_000
      const { found, ...check } = await directory.check()
      expect({ found, ...check }).toMatchObject({ found: kept, twice: 0, torn: 0, outOfOrder: 0, strangers: 0 })
      expect(worker!.warnings).toEqual(['FUNNEL_MAILBOX_GONE'])
    },
  )
})

describe.each(plainInSample)('moved and deleted, mmap %s', (mmap) => {
  test('should fail a flush at once that waits for a mailbox that was deleted, and answer the next one', async () => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], { mmap })
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')

    await worker!.does({ log: 10 })
    worker!.send({ flush: true })
    removeInUse(directory.channel)
    kill(pid, 'SIGKILL')

    await worker!.fixture.printed('done 4 FUNNEL_MAILBOX_GONE')
    // A mailbox that was made while the channel was being deleted may have gone with it.
    await until(() => directory.mailboxes().length > 0, 'the channel to be made again')
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })
    expect(worker!.fixture.stdout).toContain('done 6 \n')
    await worker!.leaves()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ found: 20, twice: 0, torn: 0, outOfOrder: 0, strangers: 0 })
  })

  test('should lose nothing when a directory takes the place of the log file for a while', async () => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], { mmap })
    await worker!.does({ log: 1_000 })
    await worker!.does({ flush: true })

    const moved = directory.path('moved.log')
    renameSync(directory.file, moved)
    mkdirSync(directory.file)
    await worker!.does({ log: 1_000 })
    await statusReports(directory, /EISDIR|not a regular file/)
    rmdirSync(directory.file)

    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    expect(await accountOf(directory, [moved, directory.file])).toMatchObject({ ...faultless, found: 2_000 })
    expect(noticesOf('trouble', [directory.file])).toHaveLength(1)
  })
})

describe('a log directory that was deleted', () => {
  test('should have no listener started for it when its worker exits', async () => {
    const directory = logDirectory()
    const launches = new Launches(directory)
    const { file, ledgers } = directory

    const settings = { file, ledgers, worker: 'worker', count: 10, next: 'delete logs and exit' }
    const worker = startFixture('worker/log', [JSON.stringify(settings)], launches.options)

    await worker.succeeded()
    await until(() => worker.pids.length === 0, 'what the worker has started to be gone')
    expect(launches.count).toBe(1)
  })

  test('should have no listener started for it when its worker goes on, and may not make it again', async () => {
    const directory = logDirectory()
    const launches = new Launches(directory)
    const [worker] = await startWorkers(directory, ['worker'], { mkdir: false }, launches.options)
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })

    removeInUse(directory.logs)
    await worker!.warned('FUNNEL_MAILBOX_GONE')

    await worker!.leaves()
    await until(() => worker!.fixture.pids.length === 0, 'what the worker has started to be gone')
    expect(launches.count).toBe(1)
  })
})
