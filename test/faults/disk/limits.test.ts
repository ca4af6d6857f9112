import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { preloading, startFixture, type StartOptions } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { grown, nextListener } from '../../kit/logs/progress.ts'
import { accountOf, faultless, noticesOf, total } from '../../kit/logs/account.ts'
import { CommandedWorker, startWorkers } from '../../kit/processes/commanded-worker.ts'
import { mailboxStatus, statusReports } from '../../kit/processes/listener-status.ts'
import { limitObstacle } from '../../kit/machine/obstacles.ts'
import { mmaps } from '../../kit/machine/mmaps.ts'

const obstacle = limitObstacle()

describe('a listener whose files may not grow any more (EFBIG)', () => {
  test('should write what waits, and tear no line, when they may grow again', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    const listener = await directory.listenerPresent()

    limit(listener.pid, '--fsize=1000000:unlimited')
    await worker!.does({ log: 10_000, length: 200 })
    await statusReports(directory, /EFBIG/)
    await worker!.warned('FUNNEL_LOG_FILE_TROUBLE')
    limit(listener.pid, '--fsize=unlimited')

    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 10_000, dropped: {} })
    expect(noticesOf('trouble', [directory.file])[0]?.error).toContain('EFBIG')
    expect(worker!.warnings).toEqual(['FUNNEL_LOG_FILE_TROUBLE'])
  })
})

describe.each(mmaps)('a process that may open no more files (EMFILE), mmap %s', (mmap) => {
  test('should drop and count when it is a worker, and log on when it may again', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], { mmap })
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })

    const former = openFilesAllowed(worker!.fixture.pid)
    limit(worker!.fixture.pid, `--nofile=${descriptors(worker!.fixture.pid)}:${former}`)
    await worker!.does({ log: 5_000, length: 200 })
    await worker!.warned('FUNNEL_RECORD_DROPPED')
    limit(worker!.fixture.pid, `--nofile=${former}:${former}`)

    await worker!.does({ flush: true })
    await worker!.does({ log: 1_000 })
    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    const account = await accountOf(directory)
    expect(account).toMatchObject({ ...faultless, logged: 6_010, reported: account.dropped })
    expect(total(account.dropped)).toBeGreaterThan(0)
    expect(worker!.warnings).toHaveLength(1)
  })

  test('should go on by itself when it is the listener, and find the workers that came meanwhile', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    const first = await new CommandedWorker(directory, 'first', { mmap }).ready()
    await first.does({ log: 10 })
    await first.does({ flush: true })
    const { pid, epoch } = await directory.listenerPresent()

    const former = openFilesAllowed(pid)
    limit(pid, `--nofile=${descriptors(pid)}:${former}`)
    const second = await new CommandedWorker(directory, 'second', { mmap }).ready()
    for (const worker of [first, second]) await worker.does({ log: 5_000, length: 200 })
    limit(pid, `--nofile=${former}:${former}`)

    for (const worker of [first, second]) await worker.does({ flush: true })
    for (const worker of [first, second]) await worker.leaves()
    expect(directory.listener()).toMatchObject({ pid, epoch })
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 10_010, dropped: {} })
  })
})

describe('a listener that may open fewer files than there are mailboxes', () => {
  test('should serve all of them, in turn, while all of them live', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    const limited: StartOptions = { nodeBinary: 'prlimit', nodeOptions: ['--nofile=80:80', process.execPath] }
    const [first] = await startWorkers(directory, ['first'], {}, limited)
    const { pid, epoch } = await directory.listenerPresent()
    expect(openFilesAllowed(pid)).toBe('80')

    const { file, ledgers } = directory
    const settings = { file, ledgers, worker: 'many', destinations: 100, count: 20, flushTimeout: 120_000 }
    const many = startFixture('worker/many-destinations', [JSON.stringify(settings)])
    await many.printed('flushed', 120_000)

    expect(descriptors(pid)).toBeLessThan(80)
    expect(directory.listener()).toMatchObject({ pid, epoch })
    many.write('end')
    await many.succeeded()
    await first!.leaves()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ ok: true, found: 2_000 })
  })
})

describe('a worker that has one file descriptor left', () => {
  test('should note that it could start no listener, so that no other worker waits for one', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], {}, { env: preloading('takes-all-descriptors.cjs') })
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })
    const { pid } = await directory.listenerPresent()
    const limited = worker!.fixture.pid

    limit(limited, '--nofile=256:')
    kill(limited, 'SIGUSR2')
    await until(() => descriptors(limited) === 256, 'the worker to have all descriptors')
    kill(limited, 'SIGUSR2')
    await worker!.fixture.printed('none left')
    // That of its connection is the one that it has then.
    kill(pid, 'SIGKILL')
    await until(() => notes(directory).some((note) => note.startsWith('0 ')), 'a ticket that says so', {
      evidence: () => notes(directory).join(),
    })
    limit(limited, '--nofile=512:')

    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 10 })
  })
})

describe('an idle worker that can not connect to a new listener (EMFILE)', () => {
  test('should not be called stalled, as another one is that does not answer', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    const { file, ledgers } = directory
    const env = preloading('takes-all-descriptors.cjs')
    const [idle] = await startWorkers(directory, ['idle'], {}, { env })
    // It can start the next listener.
    await startWorkers(directory, ['other'])
    const { pid, epoch } = await directory.listenerPresent()
    await idle!.does({ log: 10 })
    await idle!.does({ flush: true })

    limit(idle!.fixture.pid, '--nofile=256:')
    kill(idle!.fixture.pid, 'SIGUSR2')
    await until(() => descriptors(idle!.fixture.pid) === 256, 'the worker to have all descriptors')
    kill(pid, 'SIGKILL')
    await directory.listenerGone()
    // Now it loses its connection, and takes the descriptor of that, too.
    kill(idle!.fixture.pid, 'SIGUSR2')
    await idle!.fixture.printed('none left')
    await nextListener(directory, epoch)
    const spinner = startFixture('worker/log', [
      JSON.stringify({ file, ledgers, worker: 'spinner', count: 1, next: 'never yield' }),
    ])

    await until(() => noticesOf('stalled', [file]).length > 0, 'the log to name the stalled worker')
    expect(noticesOf('stalled', [file])).toMatchObject([{ worker: spinner.pid, state: 'busy' }])
    const mailbox = (await mailboxStatus(directory)).find(({ pid: writer }) => writer === idle!.fixture.pid)
    expect(['alive', 'unknown'], 'it could not connect').toContain(mailbox?.liveness)
  })
})

describe('a listener that gets no more memory', () => {
  test('should be replaced, and nothing be lost, when it ends of that', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    const workers = await startWorkers(directory, ['a', 'b'])
    for (const worker of workers) worker.send({ logUntilNext: 1_000 })
    const { pid, epoch } = await directory.listenerPresent()
    await grown(directory, 100_000)

    limit(pid, '--as=1000000:1000000')

    await nextListener(directory, epoch)
    for (const worker of workers) {
      await worker.does({ log: 1_000 })
      await worker.does({ flush: true })
      await worker.leaves()
    }
    await directory.drained()
    // How much was logged by then is up to the machine: half a gigabyte, if it lives for long.
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })
})

/** What launch tickets say of the processes that were started. */
function notes({ channel }: LogDirectory): string[] {
  const tickets = readdirSync(channel).filter((name) => name.startsWith('launch.'))
  return tickets.map((name) => readFileSync(join(channel, name), 'utf8').split('\n')[1] ?? '')
}

function limit(pid: number, limits: string): void {
  execFileSync('prlimit', ['--pid', String(pid), limits])
}

function openFilesAllowed(pid: number): string {
  return execFileSync('prlimit', ['--pid', String(pid), '--nofile', '--raw', '--noheadings', '--output=HARD'], {
    encoding: 'utf8',
  }).trim()
}

/** The lowest limit that forbids the next one to be opened, and takes none away. */
function descriptors(pid: number): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number))
  for (let next = 0; ; next += 1) if (!open.has(next)) return next
}
