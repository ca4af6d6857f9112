import { describe, expect, test } from 'vitest'
import { startFixture } from '../../kit/processes/fixture.ts'
import { readLedgers } from '../../kit/records/index.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { sampled } from '../../kit/sample.ts'
import { until } from '../../kit/until.ts'
import { mappedInSample, plainInSample } from '../../kit/machine/mmaps.ts'

/** Of each worker, at full speed. `npm run test:faults` has more. */
const RECORDS = sampled(10_000, 50_000)

describe.each(mappedInSample)('a log, whichever way its workers start, mmap %s', (mmap) => {
  test('should have every record when 8 cluster workers log at full speed', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const cluster = startFixture('spawn/cluster', [JSON.stringify({ file, mmap, ledgers, workers: 8, count: RECORDS })])

    await cluster.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 8 * RECORDS, ok: true, examples: [] })
  })

  test('should have every record when 20 forked children log 10 lines and call process.exit() at once', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const parent = startFixture('spawn/forks-that-exit', [
      JSON.stringify({ file, mmap, ledgers, children: 20, count: 10 }),
    ])

    await parent.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 200, ok: true, examples: [] })
  })

  test('should have every record while a script that never yields is still spinning', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const script = startFixture('worker/log', [
      JSON.stringify({ file, mmap, ledgers, worker: 'spinner', count: 10_000, next: 'never yield' }),
    ])

    await until(async () => (await directory.check()).found === 10_000, 'all 10,000 records in the log', {
      evidence: () => directory.root,
    })
    expect(script.exit).toBeUndefined()
    expect(await directory.check()).toMatchObject({ logged: 10_000, ok: true, examples: [] })
  })
})

describe.each(plainInSample)('a log, whichever way its workers start, mmap %s', (mmap) => {
  test('should have every record when 4 worker threads log at full speed', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const threads = startFixture('threads/log', [JSON.stringify({ file, mmap, ledgers, threads: 4, count: RECORDS })])

    await threads.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 4 * RECORDS, ok: true, examples: [] })
  })

  test('should have every record when a detached process outlives the one that started it', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const starter = startFixture('spawn/detached', [
      JSON.stringify({ file, mmap, ledgers, worker: 'detached', count: 50_000 }),
    ])

    await starter.succeeded()
    await until(() => readLedgers(ledgers).get('detached') === 50_000, 'the detached process to have logged', {
      evidence: () => directory.root,
    })
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 50_000, ok: true, examples: [] })
  })

  test('should have every record when processes live for an instant, one after the other', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    for (let n = 1; n <= 5; n += 1) {
      const script = startFixture('worker/log', [
        JSON.stringify({ file, mmap, ledgers, worker: `script-${n}`, count: 5 }),
      ])
      await script.succeeded()
    }

    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 25, ok: true, examples: [] })
  })
})

describe('a log, whichever way its workers start, mmap auto', () => {
  test('should have every record when a spawned process changes from one form to the other', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const script = startFixture('worker/log', [JSON.stringify({ file, ledgers, worker: 'spawned', count: 50_000 })])

    await script.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 50_000, ok: true, examples: [] })
  })
})
