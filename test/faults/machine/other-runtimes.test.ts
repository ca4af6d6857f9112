import { existsSync, readdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { poolEnvironment } from 'pino-funnel'
import { describe, expect, test } from 'vitest'
import { startFixture } from '../../kit/processes/fixture.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { grown, logged, nextListener } from '../../kit/logs/progress.ts'

/** They are too large for dependencies of the tests. */
const [bun, deno] = ['bun', 'deno'].map(inPath)
const reason = 'a runtime that the PATH does not have is skipped'

const WAYS: readonly (readonly [string, string, Readonly<Record<string, unknown>>, number])[] = [
  ['a process logs and ends', 'worker/log', { worker: 'a', count: 1000 }, 1000],
  ["it goes through pino's transport config", 'transport/log', { worker: 'a', count: 1000 }, 1000],
  ['worker threads log', 'threads/log', { threads: 2, count: 1000 }, 2000],
  ['cluster workers log', 'spawn/cluster', { workers: 2, count: 1000 }, 2000],
  ['a worker of a pool logs', 'pools/one-task', {}, 100],
]

describe.skipIf(bun === undefined)(`a log under Bun (${reason})`, () => {
  const runtime = { nodeBinary: bun ?? '' }

  test.each(WAYS)('should have every record when %s', async (_what, fixture, settings, total) => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const process = startFixture(fixture, [JSON.stringify({ file, ledgers, ...settings })], {
      ...runtime,
      env: poolTask(directory),
    })

    await process.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: total, ok: true, examples: [] })
    expect(process.stdout + process.stderr).toBe('')
  })

  test('should have every record when a worker never yields, and is killed then', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const worker = startFixture('worker/never-yield', [JSON.stringify({ file, ledgers, worker: 'a' })], runtime)
    await logged(directory, 'a', 1_000)
    await grown(directory, 0)
    worker.kill()

    await worker.exited()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })

  test('should have every record when the listener is killed in mid-burst', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    const worker = startFixture('worker/keep-logging', [JSON.stringify({ file, ledgers, worker: 'a' })], runtime)
    const { pid, epoch } = await directory.listenerPresent()
    await grown(directory, 100_000)

    kill(pid, 'SIGKILL')

    await nextListener(directory, epoch)
    worker.write('end')
    await worker.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })
})

describe.skipIf(deno === undefined)(`a log under Deno (${reason})`, () => {
  const runtime = { nodeBinary: deno ?? '', nodeOptions: ['run', '-A'] }

  test.each(WAYS)('should be a plain file, with a warning, when %s', async (_what, fixture, settings, total) => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const process = startFixture(fixture, [JSON.stringify({ file, ledgers, ...settings })], {
      ...runtime,
      env: poolTask(directory),
    })

    await process.succeeded()
    expect(await directory.check()).toMatchObject({ logged: total, ok: true, examples: [] })
    expect(process.stderr).toContain('pino-funnel has only a development mode on Deno')
    expect(readdirSync(dirname(file)).filter((name) => name.startsWith('.pino-funnel'))).toEqual([])
  })
})

/** For a worker of a pool; others don't read it. */
function poolTask({ file, ledgers }: { readonly file: string; readonly ledgers: string }): NodeJS.ProcessEnv {
  return { ...poolEnvironment({ file }), TASK: JSON.stringify({ ledgers, calls: 100, end: 'return' }) }
}

function inPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, program))
    .find((path) => existsSync(path))
}
