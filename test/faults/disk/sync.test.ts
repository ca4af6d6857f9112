import { layoutOf } from '@pino-funnel/channel'
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { start, type Fixture } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { accountOf, faultless, noticesOf } from '../../kit/logs/account.ts'
import { CommandedWorker, startWorkers } from '../../kit/processes/commanded-worker.ts'
import { straceObstacle } from '../../kit/machine/obstacles.ts'

const obstacle = straceObstacle()

describe('the option sync', () => {
  test('should have an error on the disk before flush answers, and nothing synced for an info, by { level }', async ({
    skip,
  }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    const trace = await listenTraced(directory)
    const worker = await new CommandedWorker(directory, 'worker', { sync: { level: 'error' } }).ready()

    await worker.does({ log: 1 })
    await inTheLog(directory, 1)
    // strace may be a moment behind the file.
    const sync = await until(() => syncOfLog(trace()), 'the append to be in the trace', { evidence: trace })
    expect(trace()).not.toContain(sync)
    await worker.does({ log: 1, level: 'error' })
    await until(() => trace().includes(sync), 'an fdatasync', { evidence: trace })
    await worker.does({ flush: true })

    await traced(trace, /"level\\":50[^]*fdatasync\(\d+\) += 0[^]*"flushed/)
    const [beforeTheError] = trace().split('level\\":50')
    expect(beforeTheError).toContain('level\\":30')
    expect(beforeTheError).not.toContain(sync)
    await worker.leaves()
  })

  test('should have every record on the disk in time, also when no other follows, by { interval }', async ({
    skip,
  }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    const trace = await listenTraced(directory)
    const worker = await new CommandedWorker(directory, 'worker', { sync: { interval: 100 } }).ready()

    await worker.does({ log: 1 })

    await inTheLog(directory, 1)
    await until(() => trace().includes(syncOfLog(trace())), 'an fdatasync', { evidence: trace })
    const [, after] = trace().split('shipped')
    expect(after).toContain(syncOfLog(trace()))
    await worker.leaves()
  })

  test('should write again what a failed fdatasync may have lost, before flush answers, and say so', async ({
    skip,
  }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    // The first one is the ledger's.
    const trace = await listenTraced(directory, ['-e', 'inject=fdatasync:error=EIO:when=2'])
    const worker = await new CommandedWorker(directory, 'worker', { sync: { level: 'error' } }).ready()

    await worker.does({ log: 100, level: 'error' })
    await worker.does({ flush: true })

    await traced(trace, /fdatasync\(\d+\) += -1 EIO[^]*pwrite64\(.*"level\\":50[^]*fdatasync\(\d+\) += 0[^]*"flushed/)
    expect(trace().indexOf('flushed')).toBeGreaterThan(trace().indexOf('EIO'))
    await until(() => noticesOf('unsynced', [directory.file]).length === 1, 'a record that says so')
    expect(noticesOf('unsynced', [directory.file])[0]?.error).toContain('EIO')
    await worker.leaves()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 100 })
  })
})

describe('a log after a reboot', () => {
  test.each([
    ['is cut in the middle of a line', (file: string) => truncateSync(file, statSync(file).size - 30)],
    ['ends in the first half of a line', (file: string) => appendFileSync(file, '{"level":30,"torn')],
    ['ends in NULs', (file: string) => appendFileSync(file, Buffer.alloc(5000))],
  ])('should have no torn line and nothing twice when it %s', async (_what, damage) => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['before'])
    await worker!.does({ log: 1_000 })
    await worker!.does({ flush: true })
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    await worker!.does({ log: 1_000 })
    // The worker first: it would start another listener, which may do some of this before it is killed.
    await worker!.dies()
    kill(pid, 'SIGKILL')
    await directory.listenerGone()
    damage(directory.file)
    pretendReboot(directory)

    const next = await new CommandedWorker(directory, 'after').ready()
    await next.does({ log: 1_000 })
    await next.leaves()

    await directory.drained()
    const { missing, ...check } = await directory.check()
    expect(check, directory.root).toMatchObject({ twice: 0, torn: 0, outOfOrder: 0, strangers: 0 })
    // The line that was torn may be beyond reach.
    expect(missing).toBeLessThanOrEqual(1)
  })
})

/** How a trace shows that the log file is synced: by the descriptor that its first record went to. */
function syncOfLog(trace: string): string {
  const descriptor = /write\((\d+), "\{\\"level\\"/.exec(trace)?.[1]
  if (descriptor === undefined) throw new Error(`No record was written: ${trace}`)
  return `fdatasync(${descriptor})`
}

/** Waits until the trace shows something: it may be a moment behind what it is about. */
async function traced(trace: () => string, pattern: RegExp): Promise<void> {
  await until(() => pattern.test(trace()), `the trace to match ${String(pattern)}`, { evidence: trace })
}

/**
 * Runs the listener under strace, its main thread only: calls of another thread would cut those of the main one in two.
 *
 * @returns a function that reads the trace so far
 */
async function listenTraced(directory: LogDirectory, injection: readonly string[] = []): Promise<() => string> {
  const manifest = createRequire(import.meta.url).resolve('pino-funnel/package.json')
  const trace = join(directory.root, 'trace')
  const options = ['-s', '400', '-o', trace, '-e', 'trace=write,writev,pwrite64,fdatasync', ...injection]
  const listener: Fixture = start(join(dirname(manifest), 'bin', 'pino-funnel.js'), ['listen', directory.logs], {
    nodeBinary: 'strace',
    nodeOptions: [...options, process.execPath],
  })
  await listener.printed('Listening')
  return () => readFileSync(trace, 'latin1')
}

async function inTheLog(directory: LogDirectory, records: number): Promise<void> {
  await until(async () => (await directory.check()).found === records, `${records} records in the log`, {
    evidence: () => directory.root,
  })
}

/** What the journal's checkpoint says of the boot it was written in becomes another one. */
function pretendReboot(directory: LogDirectory): void {
  const { journal } = layoutOf(directory.channel)
  const lines = readFileSync(journal, 'utf8').split('\n')
  const changed = lines.map((line) => {
    const json = line.slice(9).replace(/"boot":"[^"]*"/, '"boot":"another"')
    return line === '' ? '' : `${crc32(json).toString(16).padStart(8, '0')} ${json}`
  })
  expect(changed).not.toEqual(lines)
  writeFileSync(journal, changed.join('\n'))
}
