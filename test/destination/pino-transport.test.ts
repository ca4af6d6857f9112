import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { startFixture } from '../kit/processes/fixture.ts'
import { kill } from '../kit/started-processes.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { collected } from '../kit/logs/progress.ts'
import { until } from '../kit/until.ts'

describe("pino's transport config", () => {
  test.each([
    ['ends by itself', 'nothing'],
    ['calls process.exit() at once', 'exit'],
  ])('should bring every record into the log when the process %s', async (_how, next) => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const worker = startFixture('transport/log', [JSON.stringify({ file, ledgers, worker: 'a', count: 10_000, next })])

    await worker.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 10_000, ok: true, examples: [] })
    expect(worker.stdout + worker.stderr).toBe('')
  })

  test('should bring every record into one log when cluster workers and their primary use it', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const settings = { file, ledgers, workers: 4, count: 5_000 }
    const cluster = startFixture('transport/cluster', [JSON.stringify(settings)])

    await cluster.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 25_000, ok: true, examples: [] })
    expect(cluster.stdout + cluster.stderr).toBe('')
  })

  test('should have every record in the log when logger.flush() calls back', async () => {
    const { file, ledgers } = logDirectory()

    const settings = { file, ledgers, worker: 'a', count: 5_000, next: 'flush', flushTimeout: 120_000 }
    const worker = startFixture('transport/log', [JSON.stringify(settings)])

    await worker.printed('lines')
    expect(worker.stdout).toBe('lines 5000\n')
  })

  test('should log on when logger.flush() has waited in vain for a listener that is stopped', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    startFixture('worker/log', [JSON.stringify({ file, ledgers, worker: 'other', count: 1, next: 'stay' })])
    const listener = await directory.listenerPresent()
    kill(listener.pid, 'SIGSTOP')

    const settings = { file, ledgers, worker: 'a', count: 100, next: 'flush', flushTimeout: 200 }
    const worker = startFixture('transport/log', [JSON.stringify(settings)])

    await worker.printed('\n')
    kill(listener.pid, 'SIGCONT')
    worker.write('end')
    await worker.succeeded()
    await collected(directory)
    expect(await directory.check()).toMatchObject({ logged: 201, ok: true, examples: [] })
  })

  test.each([
    ['without options of Node.js', []],
    ['with options of Node.js', ['--no-warnings', '--conditions', 'test']],
    ['with a preload, which pino keeps from its thread', ['--no-warnings', '--require', 'node:fs']],
  ])(
    "should record the application's script, not that of pino's thread, when it is run %s",
    async (_how, nodeOptions) => {
      const directory = logDirectory()
      const { ledgers } = directory
      const file = directory.path('{program}.log')

      const settings = { file, ledgers, worker: 'a', count: 1, lifecycle: { joined: true } }
      const worker = startFixture('transport/log', [JSON.stringify(settings)], { nodeOptions })

      await worker.succeeded()
      await directory.drained()
      const lines = readFileSync(directory.path('log.log'), 'utf8').trimEnd().split('\n')
      const records = lines.map((line) => JSON.parse(line) as { funnel?: { event: string } })
      const joined = records.flatMap(({ funnel }) => (funnel?.event === 'joined' ? [funnel] : []))
      expect(joined).toMatchObject([{ program: 'log.js' }])
    },
  )

  test('should have each record at once when a stage of a pipeline emits it without a newline', async () => {
    const directory = logDirectory()
    const { file } = directory

    const worker = startFixture('transport/pipeline', [JSON.stringify({ file })])

    const expected = Array.from({ length: 100 }, (_, n) => `{"level":30,"n":${n},"service":"shop"}\n`).join('')
    await until(() => existsSync(file) && readFileSync(file, 'utf8') === expected, 'all records to be in the log')
    worker.write('end')
    await worker.succeeded()
    await directory.drained()
    expect(readFileSync(file, 'utf8')).toBe(expected)
  })

  test('should serve several targets, each with its level, beside those of others', async () => {
    const directory = logDirectory()
    const { file } = directory
    const [errors, other] = [directory.path('errors.log'), directory.path('other.log')]

    const process = startFixture('transport/targets', [JSON.stringify({ file, errors, other, count: 1_000 })])

    await process.succeeded()
    await directory.drained()
    const lines = readFileSync(file, 'utf8')
    expect(lines.split('\n')).toHaveLength(2_001)
    expect(lines).toBe(readFileSync(other, 'utf8'))
    expect(readFileSync(errors, 'utf8')).toBe(lines.replaceAll(/.*"fine".*\n/g, ''))
    expect(process.stdout + process.stderr).toBe('')
  })
})
