import { processIsGone } from '@pino-funnel/channel'
import { readdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startFixture, type StartOptions } from '../../kit/processes/fixture.ts'
import { kill } from '../../kit/started-processes.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { nextListener, written } from '../../kit/logs/progress.ts'
import { accountOf, faultless, noticesOf, type Account } from '../../kit/logs/account.ts'
import { CommandedWorker, startWorkers } from '../../kit/processes/commanded-worker.ts'
import { parentOf, stateOf, zombiesOf } from '../../kit/processes/process-state.ts'
import { linuxObstacle, mountObstacle, namespaceObstacle } from '../../kit/machine/obstacles.ts'

describe('an application that is PID 1, whose end kills everything in its namespace', () => {
  test.for([
    { how: 'exits', end: (worker: CommandedWorker) => worker.leaves(), recovered: 0 },
    { how: 'is killed', end: (worker: CommandedWorker) => worker.dies(), recovered: 1 },
  ])('should find what was left written by the next start when it $how', async ({ end, recovered }, { skip }) => {
    skip(namespaceObstacle() !== undefined, namespaceObstacle())
    const directory = logDirectory()
    const [application] = await startWorkers(directory, ['application'], {}, inNamespace)
    await application!.does({ log: 5_000 })
    await application!.does({ flush: true })
    const listener = listenerOf(application!)
    kill(listener, 'SIGSTOP')
    await application!.does({ log: 5_000 })

    await end(application!)
    await until(() => processIsGone(listener, ''), 'the listener to be gone with the namespace')

    expect(directory.mailboxes()).toHaveLength(1)
    const next = await new CommandedWorker(directory, 'next').ready()
    await next.does({ log: 10 })
    await next.leaves()
    await directory.drained()
    // It says what it has recovered when it has recovered everything, at the latest before it leaves.
    await directory.listenerGone()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 10_010, dropped: {} })
    expect(noticesOf('recovered', [directory.file])).toHaveLength(recovered)
  })
})

describe('a process that has launched several listeners', () => {
  test('should have no zombie for a child when they were killed', async ({ skip }) => {
    skip(linuxObstacle() !== undefined, linuxObstacle())
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])

    for (let round = 1; round <= 4; round += 1) {
      const { pid, epoch } = await directory.listenerPresent()
      await worker!.does({ log: 100 })
      kill(pid, 'SIGKILL')
      await nextListener(directory, epoch)
    }

    const { pid } = worker!.fixture
    await until(() => zombiesOf(pid).length === 0, `no zombie to be a child of ${pid}`, {
      evidence: () => `zombies ${zombiesOf(pid).join(', ')}`,
    })
    await worker!.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 400 })
  })
})

describe('a process whose threads have launched several listeners', () => {
  test.for(['exit', 'terminate'] as const)(
    'should have no zombie for a child when their event loops have not turned since, and they ended by %s',
    async (ending, { skip }) => {
      skip(linuxObstacle() !== undefined, linuxObstacle())
      const directory = logDirectory()
      const { file, ledgers } = directory

      const application = startFixture('threads/kill-listener-and-end', [
        JSON.stringify({ file, ledgers, threads: 3, ending }),
      ])
      await application.printed('ended')

      const { pid } = application
      await until(() => zombiesOf(pid).length === 0, `no zombie to be a child of ${pid}`, {
        evidence: () => `zombies ${zombiesOf(pid).join(', ')}`,
      })
      application.write('end')
      await application.succeeded()
      await directory.drained()
      expect(await accountOf(directory)).toMatchObject(faultless)
    },
  )
})

describe('an application that is PID 1, and has launched several listeners', () => {
  test('should have no zombie for a child when they were killed', async ({ skip }) => {
    skip(namespaceObstacle() !== undefined, namespaceObstacle())
    const { directory, application, listener: initial } = await loggedInNamespace()
    const first = parentOf(initial)

    for (let round = 1; round <= 4; round += 1) {
      const listener = listenerOf(application)
      kill(listener, 'SIGKILL')
      await until(() => processIsGone(listener, ''), `listener ${listener} to be gone`)
      await application.does({ log: 100 })
      await application.does({ flush: true })
    }

    await until(() => zombiesOf(first).length === 0, `no zombie to be a child of ${first}`, {
      evidence: () => `zombies ${zombiesOf(first).join(', ')}`,
    })
    expect(parentOf(listenerOf(application))).toBe(first)
    await application.leaves()
    expect(await accountByNext(directory)).toMatchObject({ ...faultless, found: 500 })
  })
})

describe('an application that is PID 1, and is left with the listener of another', () => {
  test.for(['process', 'thread'] as const)(
    'should have no zombie for a child when it was killed, and a %s had started it',
    async (by, { skip }) => {
      skip(namespaceObstacle() !== undefined, namespaceObstacle())
      const directory = logDirectory()
      const { file } = directory

      const application = startFixture('spawn/adopts-listeners', [JSON.stringify({ file, by })], inNamespace)
      await application.printed('ready')
      const listener = listenerOf({ fixture: application })
      const first = parentOf(listener)
      kill(listener, 'SIGKILL')
      await until(() => stateOf(listener) !== 'S' && stateOf(listener) !== 'R', `listener ${listener} to be dead`)
      application.write('\n')
      await application.printed('flushed')

      await until(() => zombiesOf(first).length === 0, `no zombie to be a child of ${first}`, {
        evidence: () => `zombies ${zombiesOf(first).join(', ')}`,
      })
      expect(stateOf(listener)).not.toBe('Z')
    },
  )
})

describe('a process that has no /proc, and does not know where its Node is', () => {
  test('should log as any other', async ({ skip }) => {
    skip(mountObstacle() !== undefined, mountObstacle())
    const directory = logDirectory()
    const { file, ledgers } = directory
    const settings = { file, ledgers, worker: 'worker', count: 100 }

    await startFixture('worker/log', [JSON.stringify(settings)], withoutProc).succeeded()

    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 100 })
  })
})

describe('a listener that has ended with its PID namespace, and seems alive', () => {
  test.for([
    { what: 'jobs that end before they can connect', next: 'end', jobs: 3 },
    { what: 'a job that calls process.exit()', next: 'process.exit()', jobs: 1 },
  ])('should be replaced by $what', async ({ next, jobs }, { skip }) => {
    skip(namespaceObstacle() !== undefined, namespaceObstacle())
    const directory = await leftByNamespace()
    const { file, ledgers } = directory

    for (let job = 1; job <= jobs; job += 1) {
      const settings = { file, ledgers, worker: `job-${job}`, count: 10, next }
      await startFixture('worker/log', [JSON.stringify(settings)]).exited()
    }

    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 100 + 10 * jobs })
  })

  test('should be replaced by a worker that logs on and never yields', async ({ skip }) => {
    skip(namespaceObstacle() !== undefined, namespaceObstacle())
    const directory = await leftByNamespace()
    const { file, ledgers } = directory

    const worker = startFixture('worker/never-yield', [JSON.stringify({ file, ledgers, worker: 'worker' })])
    await written(directory, 200)
    worker.kill('SIGKILL')
    await worker.exited()

    expect(await accountByNext(directory)).toMatchObject(faultless)
  })
})

describe('a listener of another PID namespace, which can not be proven to live', () => {
  test('should leave no child with a worker that never yields, and starts others beside it', async ({ skip }) => {
    skip(namespaceObstacle() !== undefined, namespaceObstacle())
    const { directory, application, listener } = await loggedInNamespace()
    const { file, ledgers } = directory
    // Others wait for its answer.
    kill(listener, 'SIGSTOP')

    const worker = startFixture('worker/never-turn', [JSON.stringify({ file, ledgers, worker: 'worker' })])
    const other = (): number | undefined => worker.pids.find((pid) => pid !== listener && isListener(pid))
    await until(() => other() !== undefined, 'another listener to have been started')

    expect(parentOf(other()!)).not.toBe(worker.pid)
    kill(listener, 'SIGCONT')
    worker.kill('SIGKILL')
    await worker.exited()
    await application.leaves()
    expect(await accountByNext(directory)).toMatchObject(faultless)
  })
})

describe('two PID namespaces that share a log directory', () => {
  test('should share one listener, and the second go on when the first ends with it', async ({ skip }) => {
    skip(namespaceObstacle() !== undefined, namespaceObstacle())
    const directory = logDirectory()
    const [first] = await startWorkers(directory, ['first'], {}, inNamespace)
    await first!.does({ log: 1_000 })
    await first!.does({ flush: true })
    const [second] = await startWorkers(directory, ['second'], {}, inNamespace)
    await second!.does({ log: 1_000 })
    await second!.does({ flush: true })
    expect(listenerSockets(directory.channel)).toEqual(['L.1'])

    await first!.does({ log: 1_000 })
    await first!.leaves()
    await second!.does({ log: 1_000 })
    await second!.does({ flush: true })

    await second!.leaves()
    const third = await new CommandedWorker(directory, 'third').ready()
    await third.does({ log: 10 })
    await third.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 4_010, dropped: {} })
  })
})

/** What became of all records when the next worker has let the rest be written. */
async function accountByNext(directory: LogDirectory): Promise<Account> {
  const next = await new CommandedWorker(directory, 'next').ready()
  await next.leaves()
  await directory.drained()
  return accountOf(directory)
}

/** An application that is PID 1 and has 100 records in its log, and its listener. */
async function loggedInNamespace(): Promise<{
  directory: LogDirectory
  application: CommandedWorker
  listener: number
}> {
  const directory = logDirectory()
  const application = await new CommandedWorker(directory, 'application', {}, inNamespace).ready()
  await application.does({ log: 100 })
  await application.does({ flush: true })
  return { directory, application, listener: listenerOf(application) }
}

/** A log directory with the record of a listener that was killed with its PID namespace. */
async function leftByNamespace(): Promise<LogDirectory> {
  const { directory, application, listener } = await loggedInNamespace()
  await application.dies()
  await until(() => processIsGone(listener, ''), 'the listener to be gone with the namespace')
  return directory
}

const inNamespace: StartOptions = {
  nodeBinary: 'unshare',
  nodeOptions: ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath],
}

/** Node knows itself, and is to be found for the listener, as `node`. */
const withoutProc: StartOptions = {
  nodeBinary: 'unshare',
  nodeOptions: ['--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec node "$0" "$@"'],
  env: { PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}` },
}

/** The pid that the listener has out here. */
function listenerOf({ fixture }: Pick<CommandedWorker, 'fixture'>): number {
  const found = fixture.pids.find(isListener)
  if (found === undefined) throw new Error(`None of the processes ${fixture.pids.join(', ')} is a listener`)
  return found
}

function isListener(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('pino-funnel listener')
}

function listenerSockets(channel: string): string[] {
  return readdirSync(channel).filter((name) => name.startsWith('L.'))
}
