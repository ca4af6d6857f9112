import { existsSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { plainParts } from '../../kit/logs/parts.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { kill } from '../../kit/started-processes.ts'
import { until } from '../../kit/until.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { nextListener } from '../../kit/logs/progress.ts'
import { accountOf, faultless, noticesOf, total } from '../../kit/logs/account.ts'
import { startWorkers, type CommandedWorker } from '../../kit/processes/commanded-worker.ts'
import { statusReports } from '../../kit/processes/listener-status.ts'
import { mountTmpfs } from '../../kit/machine/mounts.ts'
import { mountObstacle } from '../../kit/machine/obstacles.ts'
import { mappedInSample, mmaps } from '../../kit/machine/mmaps.ts'

const obstacle = mountObstacle()

describe.each(mappedInSample)('a full disk, mmap %s', (mmap) => {
  test.for([
    ['and the channel is not', {}, 1],
    ['and is rotated', { size: '200k' }, 11],
  ] as const)(
    'should lose nothing, and go on by itself, when the log is on it %s',
    async ([, options, leastFiles], { skip }) => {
      skip(obstacle !== undefined, obstacle)
      const directory = logDirectory('elsewhere')
      mountTmpfs(directory.logs, '4m')
      const ballast = takeRoom(directory.logs, 3)
      const workers = await startCollectedWorkers(directory, { mmap, channelDir: directory.channel, ...options })

      for (const worker of workers) worker.send({ log: 4_000, length: 200 })
      await statusReports(directory, /ENOSPC/)
      for (const worker of workers) await worker.warned('FUNNEL_LOG_FILE_TROUBLE')
      for (const worker of workers) await worker.does({ log: 100 })
      rmSync(ballast)

      await goOnAndLeave(workers)
      await directory.drained()
      await directory.listenerGone()
      const files = plainParts(directory)
      expect(files.length).toBeGreaterThanOrEqual(leastFiles)
      expect(await accountOf(directory, files)).toMatchObject({ ...faultless, dropped: {}, reported: {} })
      expect(noticesOf('trouble', files)[0]?.error).toContain('ENOSPC')
      for (const worker of workers) expect(worker.warnings).toEqual(['FUNNEL_LOG_FILE_TROUBLE'])
    },
  )
})

describe.each(mmaps)('a full disk, mmap %s', (mmap) => {
  test('should lose only what it counts as dropped, and go on by itself, when log and channel are on it', async ({
    skip,
  }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    mountTmpfs(directory.logs, '8m')
    const ballast = takeRoom(directory.logs, 3)
    const workers = await startCollectedWorkers(directory, { mmap })

    for (const worker of workers) worker.send({ logUntilNext: 200 })
    for (const worker of workers) await worker.warned('FUNNEL_RECORD_DROPPED')
    for (const worker of workers) await worker.does({ log: 10 })
    rmSync(ballast)

    await goOnAndLeave(workers)
    await directory.drained()
    const account = await accountOf(directory)
    expect(account).toMatchObject({ ...faultless, reported: account.dropped })
    expect(total(account.dropped)).toBeGreaterThan(0)
    // Workers leave the last of the disk to the listener, so that it mostly finds room.
    for (const { error } of noticesOf('trouble', [directory.file])) expect(error).toContain('ENOSPC')
    for (const worker of workers) expect(worker.warnings).toHaveLength(1)
  })

  test('should lose only what it counts as dropped when the channel is on it and the log is not', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory('elsewhere')
    mountTmpfs(join(directory.channel, '..'), '8m')
    const workers = await startCollectedWorkers(directory, { mmap, channelDir: directory.channel })
    const ballast = fill(join(directory.channel, '..'))

    for (const worker of workers) worker.send({ logUntilNext: 200 })
    for (const worker of workers) await worker.warned('FUNNEL_RECORD_DROPPED')
    for (const worker of workers) await worker.does({ log: 10 })
    rmSync(ballast)

    await goOnAndLeave(workers)
    await directory.drained()
    const account = await accountOf(directory)
    expect(account).toMatchObject({ ...faultless, reported: account.dropped })
    expect(total(account.dropped)).toBeGreaterThan(0)
    for (const worker of workers) expect(worker.warnings).toHaveLength(1)
  })

  test('should not keep a worker from leaving the count of what it has dropped when it is killed', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory('elsewhere')
    mountTmpfs(join(directory.channel, '..'), '8m')
    const [worker, other] = await startCollectedWorkers(directory, { mmap, channelDir: directory.channel })
    const ballast = fill(join(directory.channel, '..'))

    worker!.send({ logUntilNext: 200 })
    await worker!.warned('FUNNEL_RECORD_DROPPED')
    await worker!.does({ log: 10 })
    await worker!.dies()
    rmSync(ballast)
    await goOnAndLeave([other!])

    await directory.drained()
    const account = await accountOf(directory)
    expect(account).toMatchObject({ ...faultless, reported: account.dropped })
    expect(total(account.dropped)).toBeGreaterThan(0)
  })
})

describe('a channel that is full, with a file system of its own', () => {
  test('should be emptied by the next listener when its listener is killed', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory('elsewhere')
    mountTmpfs(join(directory.channel, '..'), '6m')
    const workers = await startCollectedWorkers(directory, { channelDir: directory.channel })
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    for (const worker of workers) worker.send({ log: 20_000, length: 200 })
    for (const worker of workers) await worker.warned('FUNNEL_RECORD_DROPPED')
    for (const worker of workers) await worker.done()
    kill(pid, 'SIGKILL')

    await goOnAndLeave(workers)
    await directory.drained()
    const account = await accountOf(directory)
    expect(account).toMatchObject({ ...faultless, reported: account.dropped })
  })
})

describe('a disk that gets full while a rotated file is compressed', () => {
  test.for([
    ['and stays so for a while', 0],
    ['and the listener is killed meanwhile', 1],
  ] as const)(
    'should keep the file as it is, and nothing half done, until there is room, mmap %s',
    async ([, kills], { skip }) => {
      skip(obstacle !== undefined, obstacle)
      const directory = logDirectory('elsewhere')
      mountTmpfs(directory.logs, '12m')
      // No file is begun by a record that the next listener is there, or that a worker was held up.
      const options = { channelDir: directory.channel, compress: 'gzip', lifecycle: false }
      const [worker, other] = await startCollectedWorkers(directory, options)
      await worker!.does({ log: 20_000 })
      await worker!.does({ flush: true })
      const ballast = fill(directory.logs)
      // Some of it fits, and that is taken back.
      truncateSync(ballast, statSync(ballast).size - 64 * 1024)

      const rotation = pinoFunnel('rotate', directory.channel)
      await rotation.succeeded()
      await statusReports(directory, /ENOSPC/)
      for (let round = 0; round < kills; round += 1) {
        const { pid, epoch } = await directory.listenerPresent()
        kill(pid, 'SIGKILL')
        await nextListener(directory, epoch)
        await statusReports(directory, /ENOSPC/)
      }

      await filesAre(directory, ['app.1.log', 'ballast'])
      await worker!.does({ log: 100 })
      rmSync(ballast)
      await filesAre(directory, ['app.1.log.gz', 'app.log'])

      await goOnAndLeave([worker!, other!])
      await directory.drained()
      await directory.listenerGone()
      const files = plainParts(directory)
      expect(await accountOf(directory, files)).toMatchObject({
        ...faultless,
        found: 20_302,
        dropped: {},
        reported: {},
      })
      const reported = noticesOf('trouble', files).filter(({ task }) => task === 'clean up')
      expect(reported.map(({ error }) => error)).toEqual([expect.stringContaining('ENOSPC')])
    },
  )
})

describe('a full disk, with one log for each level', () => {
  test('should lose only what it counts as dropped, and give a level its file when there is room', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory('elsewhere')
    mountTmpfs(join(directory.channel, '..'), '4m')
    const options = { channelDir: directory.channel, file: directory.path('{level}.log') }
    const [worker, other] = await startCollectedWorkers(directory, options)
    const ballast = fill(join(directory.channel, '..'))

    await worker!.does({ log: 10, level: 'error' })
    await worker!.warned('FUNNEL_LOG_FILE_NOT_OPENED')
    await worker!.does({ log: 5_000 })
    await worker!.warned('FUNNEL_RECORD_DROPPED')
    await worker!.does({ log: 10, level: 'error' })
    rmSync(ballast)
    await worker!.does({ flush: true })
    await until(async () => {
      await worker!.does({ log: 1, level: 'error' })
      return existsSync(directory.path('error.log'))
    }, 'the log file of errors to be tried again')

    for (const each of [worker!, other!]) await each.leaves()
    await directory.drained()
    const files = ['info', 'other', 'error']
      .map((name) => directory.path(`${name}.log`))
      .filter((file) => existsSync(file))
    const account = await accountOf(directory, files)
    // A worker's records are in its order in each of the files, and not from one file to the next.
    const { outOfOrder: _, ...faultlessBut } = faultless
    expect(account).toMatchObject({ ...faultlessBut, reported: account.dropped })
    expect(total(account.dropped)).toBeGreaterThan(0)
    for (const file of files)
      expect(await accountOf(directory, [file])).toMatchObject({ twice: 0, torn: 0, outOfOrder: 0 })
    expect(worker!.warnings).toEqual(['FUNNEL_LOG_FILE_NOT_OPENED'])
  })
})

describe('a disk that is full from the beginning', () => {
  test('should let a worker say so, and the next one log, when there is room', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory('elsewhere')
    mountTmpfs(directory.logs, '1m')
    const ballast = fill(directory.logs)
    const [worker] = await startWorkers(directory, ['early'], { channelDir: directory.channel })

    await worker!.does({ log: 1_000 })
    await statusReports(directory, /ENOSPC/)
    await worker!.dies()
    rmSync(ballast)

    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, logged: 1_000, found: 1_000 })
  })
})

/** Workers whose listener is at work: without room for an epoch, none could be elected. */
async function startCollectedWorkers(directory: LogDirectory, options: object): Promise<CommandedWorker[]> {
  const workers = await startWorkers(directory, ['a', 'b'], options)
  for (const worker of workers) {
    await worker.does({ log: 1 })
    await worker.does({ flush: true })
  }
  return workers
}

/** Waits until these files are in the log directory, and no others: not for a try that is just being made. */
async function filesAre({ logs }: LogDirectory, names: readonly string[]): Promise<void> {
  const evidence = (): string => readdirSync(logs).join()
  await until(() => readdirSync(logs).toSorted().join() === names.join(), `${names.join()} in ${logs}`, { evidence })
}

/** A file of so many MiB. */
function takeRoom(directory: string, megabytes: number): string {
  const ballast = join(directory, 'ballast')
  writeFileSync(ballast, Buffer.alloc(megabytes * 1024 * 1024))
  return ballast
}

/** A file of all the room there is. */
function fill(directory: string): string {
  const ballast = join(directory, 'ballast')
  expect(() => writeFileSync(ballast, Buffer.alloc(16 * 1024 * 1024))).toThrow(/ENOSPC/)
  return ballast
}

/** There is room again: whatever is logged from now on is taken, and everything that waits gets into the log. */
async function goOnAndLeave(workers: readonly CommandedWorker[]): Promise<void> {
  for (const worker of workers) {
    await worker.does({ flush: true })
    await worker.does({ log: 100 })
    await worker.does({ flush: true })
  }
  for (const worker of workers) await worker.leaves()
}
