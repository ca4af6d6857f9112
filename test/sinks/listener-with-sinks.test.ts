import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fixturePath, startFixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { until } from '../kit/until.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { startWorkers } from '../kit/processes/commanded-worker.ts'

const RECORDS = 5000

function settings(directory: LogDirectory, worker: string, more: object): string[] {
  const { file, ledgers } = directory
  return [JSON.stringify({ file, ledgers, worker, ...more })]
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
}

test('should give a sink each record of all workers once, as JSON, until the listener leaves', async () => {
  const directory = logDirectory()
  const copy = directory.path('copy.ndjson')
  const sinks = [{ target: 'pino/file', options: { destination: copy } }]
  const workers = ['a', 'b'].map((worker) =>
    startFixture('worker/log', settings(directory, worker, { count: RECORDS, sinks, format: '{worker} {msg}' })),
  )
  for (const worker of workers) await worker.succeeded()

  await directory.drained()
  await directory.listenerGone()

  expect(linesOf(directory.file).filter((line) => /^[ab] shipped$/.test(line))).toHaveLength(2 * RECORDS)
  expect(await directory.check([copy])).toMatchObject({ logged: 2 * RECORDS, ok: true, examples: [] })
})

test('should write the log as ever, and say so in status and log, when a sink takes nothing', async () => {
  const directory = logDirectory()
  const sinks = [{ target: fixturePath('sinks/takes-nothing.js'), maxQueueBytes: 2 ** 20, hangTimeout: 2000 }]
  const [worker] = await startWorkers(directory, ['a'], { sinks, linger: 0 })
  await worker!.does({ log: 50_000 })

  await until(
    () => linesOf(directory.file).some((line) => line.includes('"event":"sink-dropped"')),
    'the log to report drops',
  )
  const status = pinoFunnel('status', directory.file)
  await status.succeeded()
  expect(status.stdout).toMatch(/sink .*takes-nothing\.js: .* DROPPED/)

  await worker!.leaves()
  await directory.drained()
  expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
})

test('should write to the stdout of the process that launched the listener', async () => {
  const directory = logDirectory()
  const sinks = [{ target: 'pino-funnel/stdout' }]
  const worker = startFixture('worker/log', settings(directory, 'a', { count: 3, sinks }))
  await worker.succeeded()

  await until(() => worker.stdout.split('\n').length > 3, 'three records on stdout')

  expect(worker.stdout).toContain('"worker":"a","n":2')
})

test('should search a target where the application is, not where pino-funnel is', async () => {
  // pino-funnel depends on it, and the application does not.
  const sinks = [{ target: '@date-fns/tz' }]
  const worker = startFixture('worker/log', settings(logDirectory(), 'a', { count: 1, sinks }))

  expect(await worker.exited()).toEqual({ code: 1, signal: null })

  expect(worker.stderr).toContain("Option 'sinks[0].target' must be a module or a path; '@date-fns/tz' can't be found")
})
