import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { startFixture, type Fixture } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { grown, loggedMore, nextListener } from '../../kit/logs/progress.ts'

describe('a listener that is stopped (SIGSTOP)', () => {
  test('should not be replaced, nor hold up any worker, and write everything once it goes on', async () => {
    const directory = logDirectory()
    const first = startWorker(directory, 'first')
    const { pid, epoch } = await directory.listenerPresent()
    await grown(directory, 0)
    kill(pid, 'SIGSTOP')

    await loggedMore(directory, 'first', 20_000)
    const second = startWorker(directory, 'second')
    await loggedMore(directory, 'second', 20_000)

    for (const worker of [first, second]) worker.write('end')
    for (const worker of [first, second]) await worker.succeeded()
    expect(directory.listener()).toMatchObject({ pid, epoch })
    expect(readdirSync(directory.channel).filter((name) => /^(L|launch)\./.test(name))).toEqual([`L.${epoch}`])
    kill(pid, 'SIGCONT')
    await directory.drained()
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })

  test('should be replaced, and nothing be lost, when it is killed after all', async () => {
    const directory = logDirectory()
    const worker = startWorker(directory, 'worker')
    const { pid, epoch } = await directory.listenerPresent()
    await grown(directory, 0)
    kill(pid, 'SIGSTOP')
    await loggedMore(directory, 'worker', 20_000)

    kill(pid, 'SIGKILL')

    await nextListener(directory, epoch)
    worker.write('end')
    await worker.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })
})

describe('a listener that is asked to finish (SIGTERM)', () => {
  test('should collect until the last worker has left, and leave then without lingering', async () => {
    const directory = logDirectory()
    const worker = startWorker(directory, 'worker', { linger: 600_000 })
    const { pid, epoch } = await directory.listenerPresent()
    await grown(directory, 0)

    kill(pid, 'SIGTERM')

    await loggedMore(directory, 'worker', 20_000)
    const second = startWorker(directory, 'second')
    await loggedMore(directory, 'second', 20_000)
    worker.write('end')
    await worker.succeeded()
    await loggedMore(directory, 'second', 20_000)
    expect(directory.listener()).toMatchObject({ pid, epoch })
    second.write('end')
    await second.succeeded()
    await directory.listenerGone()
    expect(directory.mailboxes()).toEqual([])
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })
})

function startWorker(directory: LogDirectory, worker: string, options: object = {}): Fixture {
  const { file, ledgers } = directory
  return startFixture('worker/keep-logging', [JSON.stringify({ file, ledgers, worker, ...options })])
}
