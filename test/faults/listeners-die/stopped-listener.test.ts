import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { until } from '../../kit/index.ts'
import { CommandedWorker } from '../../kit/processes/commanded-worker.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { fixturePath, preloading, startFixture, type Fixture } from '../../kit/processes/fixture.ts'
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

describe('a command, when the listener is stopped', () => {
  test('should come back, and say which process is stopped and what to do', async () => {
    const directory = logDirectory()
    const worker = startWorker(directory, 'worker')
    const { pid } = await directory.listenerPresent()
    await grown(directory, 0)
    kill(pid, 'SIGSTOP')

    const commands = ['recover', 'rotate', 'listen'].map((name) => pinoFunnel(name, directory.file))

    for (const command of commands) {
      expect(await command.exited()).toMatchObject({ code: 1 })
      expect(command.stderr).toContain(`it is stopped by SIGSTOP, SIGTSTP or a debugger. Resume it: kill -CONT ${pid}.`)
    }
    kill(pid, 'SIGCONT')
    worker.write('end')
    await worker.succeeded()
    await directory.drained()
  })

  test('should know it also when it was stopped between its election and the record of it', async () => {
    const directory = logDirectory()
    const node = join(directory.root, 'node')
    const command = `'${process.execPath}' --require '${fixturePath('preload/stops-before-its-record.cjs')}' "$@"`
    writeFileSync(node, `#!/bin/sh\nexec ${command}\n`, { mode: 0o755 })
    const env = { ...preloading('other-node.cjs'), NODE_FOR_LISTENERS: node }
    const worker = new CommandedWorker(directory, 'worker', {}, { env })
    const ticket = join(directory.channel, 'launch.1.0')
    await until(() => existsSync(join(directory.channel, 'L.1')), 'a listener to be elected')
    const started = (): number => Number(readFileSync(ticket, 'utf8').split('\n')[1]?.split(' ')[0])
    const pid = await until(started, 'the ticket to name its process')

    const recover = pinoFunnel('recover', directory.file)

    expect(await recover.exited()).toMatchObject({ code: 1 })
    expect(recover.stderr).toContain(`Resume it: kill -CONT ${pid}.`)
    kill(pid, 'SIGCONT')
    await worker.does({ log: 10 })
    await worker.does({ flush: true })
    await worker.leaves()
  })
})

describe('a candidate that is stopped before its election', () => {
  test('should be replaced, and leave once it goes on', async () => {
    const directory = logDirectory()
    const [node, stopped] = [join(directory.root, 'node'), join(directory.root, 'stopped')]
    const stopOnce = `[ -e '${stopped}' ] || { echo $$ > '${stopped}'; kill -STOP $$; }`
    writeFileSync(node, `#!/bin/sh\n${stopOnce}\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 })
    const env = { ...preloading('other-node.cjs'), NODE_FOR_LISTENERS: node }

    const worker = new CommandedWorker(directory, 'worker', {}, { env })
    await worker.does({ log: 10 })
    await worker.does({ flush: true })

    expect(worker.fixture.stdout).toContain('done 2 \n')
    const pid = Number(readFileSync(stopped, 'utf8'))
    expect(directory.listener()?.pid).not.toBe(pid)
    kill(pid, 'SIGCONT')
    await until(() => !existsSync(`/proc/${pid}`), 'the candidate to leave')
    await worker.leaves()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ ok: true, found: 10 })
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
