import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startFixture } from '../../kit/processes/fixture.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { sampled } from '../../kit/sample.ts'
import { until } from '../../kit/until.ts'
import { Launches } from '../../kit/processes/launches.ts'
import { logged } from '../../kit/logs/progress.ts'

/** `npm run test:faults` has them all. */
const WORKERS = sampled(24, 64)

describe('one listener', () => {
  test('should serve three log files beside each other when the same workers write them', async () => {
    const directory = logDirectory()
    const launches = new Launches(directory)
    const { logs, ledgers } = directory

    const workers = ['a', 'b', 'c'].map((worker) => {
      const settings = { directory: logs, ledgers, worker, count: 2_000, linger: 60_000 }
      return startFixture('worker/three-files', [JSON.stringify(settings)], launches.options)
    })
    for (const worker of workers) await worker.succeeded()

    await directory.drained()
    const files = ['app.log', 'access.log', 'error.log'].map((name) => directory.path(name))
    expect(await directory.check(files)).toMatchObject({ logged: 18_000, ok: true, examples: [] })
    expect(workersIn(directory.path('access.log'))).toEqual(new Set(['a-access', 'b-access', 'c-access']))
    expect({ launches: launches.count, epoch: directory.listener()?.epoch }).toEqual({ launches: 1, epoch: 1 })
  })

  test(`should be launched once when ${WORKERS} workers start at the same moment`, async () => {
    const directory = logDirectory()
    const launches = new Launches(directory)
    const { file, ledgers } = directory

    const settings = { file, ledgers, workers: WORKERS, count: 100, linger: 60_000 }
    const together = startFixture('spawn/start-together', [JSON.stringify(settings)], launches.options)

    await together.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: WORKERS * 100, ok: true, examples: [] })
    expect({ launches: launches.count, epoch: directory.listener()?.epoch }).toEqual({ launches: 1, epoch: 1 })
  })

  test('should serve one channel when workers spell the log directory in different ways', async () => {
    const directory = logDirectory()
    const launches = new Launches(directory)
    const { ledgers, root } = directory
    symlinkSync('logs', join(root, 'link'))
    mkdirSync(directory.path('inner'))
    const spellings = [directory.file, join(root, 'link', 'app.log'), `${directory.logs}/inner/../../link//app.log`]

    for (const [index, file] of spellings.entries()) {
      const worker = `spelling-${index}`
      startFixture(
        'worker/log',
        [JSON.stringify({ file, ledgers, worker, count: 100, next: 'stay', lifecycle: false })],
        launches.options,
      )
      await logged(directory, worker, 100)
    }

    expect(directory.mailboxes()).toHaveLength(3)
    await directory.listenerPresent()
    expect({ launches: launches.count, epoch: directory.listener()?.epoch }).toEqual({ launches: 1, epoch: 1 })
    expect(existsSync(directory.path('inner/.pino-funnel'))).toBe(false)
  })

  test('should be launched at once by a short-lived process when the one launched before has died too early', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    // Not before it has ended: it would launch another, and after some of these it would be too early for the next. Asking
    // for the parent would not do: that of a slow shell is another process by then.
    const over = join(directory.root, 'over')
    const dying = new Launches(directory, `while [ ! -e '${over}' ]; do sleep 0.01; done; kill -KILL $$`)
    const first = startFixture(
      'worker/log',
      [JSON.stringify({ file, ledgers, worker: 'first', count: 10 })],
      dying.options,
    )
    await first.succeeded()
    writeFileSync(over, '')
    await until(() => first.pids.length === 0, 'the listener of the first process to be dead')
    expect(dying.count).toBe(1)

    await startFixture('worker/log', [JSON.stringify({ file, ledgers, worker: 'second', count: 10 })]).succeeded()

    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 20, ok: true, examples: [] })
  })
})

/** Without those of pino-funnel itself: on a busy machine a worker may be called stalled. */
function workersIn(file: string): Set<unknown> {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const records = lines.map((line) => JSON.parse(line) as { worker: unknown; funnel?: unknown })
  return new Set(records.filter(({ funnel }) => funnel === undefined).map(({ worker }) => worker))
}
