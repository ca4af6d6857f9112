import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startFixture, type Fixture } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { grown, logged, nextListener } from '../../kit/logs/progress.ts'
import { Random } from '../../fixtures/shared/random.js'
import { mappedInSample, mmaps, plainInSample } from '../../kit/machine/mmaps.ts'
import { sampled } from '../../kit/sample.ts'

/** `npm run test:faults` has more. */
const KILLS = sampled(5, 8)

describe.each(mmaps)('a log whose listener is killed, mmap %s', (mmap) => {
  test('should have every record, unnoticed by workers, when one listener after the other is killed', async () => {
    const random = new Random()
    const directory = logDirectory()
    const workers = ['a', 'b'].map((worker) => startWorker(directory, mmap, worker))

    for (let round = 1; round <= KILLS; round += 1) {
      const listener = await directory.listenerPresent()
      await grown(directory, random.integer(0, 500_000))
      kill(listener.pid, 'SIGKILL')
      await nextListener(directory, listener.epoch)
    }

    for (const worker of workers) worker.write('end')
    for (const worker of workers) {
      await worker.succeeded()
      expect(worker.stdout + worker.stderr).toBe('')
    }
    await directory.drained()
    expect(await directory.check(), `seed ${random.seed}`).toMatchObject({ ok: true, examples: [] })
  })
})

describe.each(mappedInSample)('a log whose listener is killed, mmap %s', (mmap) => {
  test('should have every record when `recover` runs after all workers were killed, too', async () => {
    const directory = logDirectory()
    await killedAtOnce(directory, mmap)

    const recover = pinoFunnel('recover', directory.file)

    await recover.succeeded()
    expect(recover.stdout).toContain('Recovered')
    expect(directory.mailboxes()).toEqual([])
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })
})

describe.each(plainInSample)('a log whose listener is killed, mmap %s', (mmap) => {
  test.each(['exit', 'throw', 'none'])(
    'should get another listener when its only worker ends without having yielded since, by: %s',
    async (ending) => {
      const directory = logDirectory()
      const { file, ledgers } = directory
      const word = join(directory.root, 'word')
      const settings = { file, mmap, ledgers, worker: 'a', count: 100, word, ending }
      const worker = startFixture('worker/spin-and-exit', [JSON.stringify(settings)])
      await logged(directory, 'a', 100)
      const listener = await directory.listenerPresent()

      kill(listener.pid, 'SIGKILL')
      await directory.listenerGone()
      writeFileSync(word, '')

      await worker.exited()
      await directory.drained()
      expect(await directory.check()).toMatchObject({ logged: 200, ok: true, examples: [] })
    },
  )

  test('should have every record when a new worker starts after all workers were killed, too', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    await killedAtOnce(directory, mmap)

    const next = startFixture('worker/log', [JSON.stringify({ file, mmap, ledgers, worker: 'next', count: 1 })])

    await next.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })
})

function startWorker(directory: LogDirectory, mmap: string, worker: string): Fixture {
  const { file, ledgers } = directory
  return startFixture('worker/keep-logging', [JSON.stringify({ file, mmap, ledgers, worker })])
}

/** Workers and their listener, stopped first so that none of them outlives another by an instant. */
async function killedAtOnce(directory: LogDirectory, mmap: string): Promise<void> {
  const names = ['a', 'b', 'c']
  const workers = names.map((worker) => startWorker(directory, mmap, worker))
  for (const name of names) await logged(directory, name, 1)
  await grown(directory, 500_000)
  const pids = workers.flatMap((worker) => worker.pids)
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of pids) kill(pid, signal)
  for (const worker of workers) await worker.exited()
  await directory.listenerGone()
  // The listener has one, too, when it had something to say.
  expect(directory.mailboxes().length).toBeGreaterThanOrEqual(workers.length)
}
