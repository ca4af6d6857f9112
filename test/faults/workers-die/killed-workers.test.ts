import { describe, expect, test } from 'vitest'
import { startFixture, type Fixture } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { logged } from '../../kit/logs/progress.ts'
import { Random } from '../../fixtures/shared/random.js'
import { mappedInSample, mmaps, plainInSample } from '../../kit/machine/mmaps.ts'
import { sampled } from '../../kit/sample.ts'

/** `npm run test:faults` has more. */
const ROUNDS = sampled(2, 4)
const THREADS = sampled(5, 10)
const RECORDS = sampled(5_000, 20_000)

describe.each(mmaps)('a log whose workers die, mmap %s', (mmap) => {
  test('should have every record whose call returned when workers get SIGKILL at random points', async () => {
    await expectEachRecord(mmap, 'SIGKILL')
  })
})

describe.each(mappedInSample)('a log whose threads die, mmap %s', (mmap) => {
  test('should have every record whose call returned when threads are terminated at random points', async () => {
    const random = new Random()
    const directory = logDirectory()
    const { file, ledgers } = directory
    const after = Array.from({ length: THREADS }, () => random.integer(1, 10_000))

    const process = startFixture('threads/terminate', [JSON.stringify({ file, mmap, ledgers, after })])

    // Threads in a row, up to 10,000 records each: a busy machine takes more than a minute.
    await process.printed('terminated', 180_000)
    await directory.drained()
    expect(await directory.check(), `seed ${random.seed}`).toMatchObject({ ok: true, examples: [] })
    process.write('end')
    await process.succeeded()
  })
})

describe.each(plainInSample)('a log whose workers die, mmap %s', (mmap) => {
  test('should have every record whose call returned when workers get SIGTERM at random points', async () => {
    await expectEachRecord(mmap, 'SIGTERM')
  })
})

describe.each(mappedInSample)('a log whose workers die, mmap %s', (mmap) => {
  test.each(['process.abort()', 'process.exit()', 'an uncaught exception', 'an unhandled rejection'])(
    'should have every record when a worker dies of %s',
    async (next) => {
      const directory = logDirectory()
      const { file, ledgers } = directory
      const settings = { file, mmap, ledgers, worker: 'mortal', count: RECORDS, next }

      const worker = startFixture('worker/log', [JSON.stringify(settings)], { cwd: directory.root })

      expect(await worker.exited()).not.toEqual({ code: 0, signal: null })
      await directory.drained()
      expect(await directory.check()).toMatchObject({ logged: RECORDS, ok: true, examples: [] })
    },
  )

  test('should have the long records of workers that died of them while the listener was stopped', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    // A record about a worker that a busy machine has held up would go through another mailbox, of the listener.
    const all = { file, mmap, ledgers, lifecycle: false }
    startFixture('worker/log', [JSON.stringify({ ...all, worker: 'other', count: 1, next: 'stay' })])
    const listener = await directory.listenerPresent()
    kill(listener.pid, 'SIGSTOP')

    for (const worker of ['a', 'b', 'c']) {
      const settings = { ...all, worker, count: 1, length: 400_000, next: 'SIGKILL' }
      await startFixture('worker/log', [JSON.stringify(settings)]).exited()
    }

    kill(listener.pid, 'SIGCONT')
    await until(() => directory.mailboxes().length === 1, 'the mailboxes of the dead to be drained and gone', {
      evidence: () => directory.root,
    })
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })
})

async function expectEachRecord(mmap: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const random = new Random()
  const directory = logDirectory()

  for (let round = 1; round <= ROUNDS; round += 1) {
    const workers = [`${round}-a`, `${round}-b`].map((worker) => startWorker(directory, mmap, worker))
    for (const { worker, process } of workers) {
      await logged(directory, worker, random.integer(1, 4_000))
      process.kill(signal)
    }
    for (const { process } of workers) expect(await process.exited()).toEqual({ code: null, signal })
  }

  await directory.drained()
  expect(await directory.check(), `seed ${random.seed}`).toMatchObject({ ok: true, examples: [] })
}

function startWorker(directory: LogDirectory, mmap: string, worker: string): { worker: string; process: Fixture } {
  const { file, ledgers } = directory
  return { worker, process: startFixture('worker/never-yield', [JSON.stringify({ file, mmap, ledgers, worker })]) }
}
