import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { textNow } from '../../fixtures/shared/lines.js'
import { Random } from '../../fixtures/shared/random.js'
import { startFixture, type Fixture } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { plainParts, rotatedParts } from '../../kit/logs/parts.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { sampled } from '../../kit/sample.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { logged, loggedMore, nextListener, written } from '../../kit/logs/progress.ts'

/** Longer than any test: the listener outlives the runs. */
const LINGER = 600_000

describe('rotation at start', () => {
  test('should part the runs when the application starts again under the same listener', async () => {
    const directory = logDirectory()

    await runOf(directory, 'first')
    const { pid } = await directory.listenerPresent()
    await runOf(directory, 'second')
    await runOf(directory, 'third')

    expect((await directory.listenerPresent()).pid).toBe(pid)
    expect(writersOf(directory)).toEqual([['first'], ['second'], ['third']])
    expect(await directory.check(plainParts(directory))).toMatchObject({ logged: 30, ok: true, examples: [] })
  })

  test('should part the runs when all were killed, and leave the first what it has left behind', async () => {
    const directory = logDirectory()
    const crashed = start(directory, 'worker/keep-logging', { worker: 'crashed' })
    await written(directory, 100)
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    await loggedMore(directory, 'crashed', 5000)
    for (const each of [pid, crashed.pid]) kill(each, 'SIGKILL')
    await crashed.exited()

    await runOf(directory, 'next')

    expect(writersOf(directory)).toEqual([['crashed'], ['next']])
    expect(await directory.check(plainParts(directory))).toMatchObject({ ok: true, examples: [] })
  })

  test('should happen once when several workers start together, and not when another one comes later', async () => {
    const directory = logDirectory()
    await runOf(directory, 'earlier')
    const names = ['a', 'b', 'c', 'd']

    const workers = names.map((worker) => start(directory, 'worker/keep-logging', { worker, pause: 1 }))
    for (const worker of names) await logged(directory, worker, 100)
    const late = start(directory, 'worker/keep-logging', { worker: 'late', pause: 1 })
    // The listener has to meet it before the others end; their log calls do not wait for it.
    const hasCome = (): boolean => plainParts(directory).some((file) => textNow(file).includes('"late"'))
    await until(hasCome, 'records of the late one to be in the log', { evidence: () => directory.root })
    for (const worker of [...workers, late]) worker.write('end')
    for (const worker of [...workers, late]) await worker.succeeded()
    await directory.drained()

    expect(writersOf(directory)).toEqual([['earlier'], [...names, 'late']])
    expect(await directory.check(plainParts(directory))).toMatchObject({ ok: true, examples: [] })
  })

  test('should not happen when a listener is killed and its workers live on', async () => {
    const directory = logDirectory()
    const worker = start(directory, 'worker/keep-logging', { worker: 'a' })

    for (let round = 1; round <= 3; round += 1) {
      await written(directory, round * 100)
      const { pid, epoch } = await directory.listenerPresent()
      kill(pid, 'SIGKILL')
      await nextListener(directory, epoch)
    }
    worker.write('end')
    await worker.succeeded()
    await directory.drained()

    expect(rotatedParts(directory)).toEqual([])
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })

  test('should lose, double and split no record when runs and listeners are killed again and again', async () => {
    const random = new Random()
    const directory = logDirectory()

    for (let round = 1; round <= sampled(6, 12); round += 1) {
      const worker = start(directory, 'worker/keep-logging', { worker: `run-${round}`, linger: 500 })
      await logged(directory, `run-${round}`, random.integer(1, 200))
      const listener = directory.listener()
      if (listener && random.integer(0, 1) === 0) kill(listener.pid, 'SIGKILL')
      await logged(directory, `run-${round}`, random.integer(200, 400))
      worker.kill()
      await worker.exited()
    }
    // A worker that was killed while it was starting a listener keeps others from it for 10 s.
    await pinoFunnel('recover', directory.logs).succeeded()
    await runOf(directory, 'last', { linger: 500 })

    const check = await directory.check(plainParts(directory))
    expect(check, `seed ${random.seed}`).toMatchObject({ ok: true, examples: [] })
    expect(rotatedParts(directory).length).toBeGreaterThan(0)
  })
})

function start(directory: LogDirectory, script: string, settings: object): Fixture {
  const { file, ledgers } = directory
  return startFixture(script, [JSON.stringify({ file, ledgers, rotateAtStart: true, linger: LINGER, ...settings })])
}

/** A run of the application: one worker that comes, logs, and goes. */
async function runOf(directory: LogDirectory, worker: string, settings: object = {}): Promise<void> {
  await start(directory, 'worker/log', { worker, count: 10, ...settings }).succeeded()
  await directory.drained()
}

/** Whose records each part of the log has, the oldest first. */
function writersOf(directory: LogDirectory): string[][] {
  return plainParts(directory).map((file) => {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const workers = lines.map((line) => (JSON.parse(line) as { worker?: string }).worker)
    return [...new Set(workers.filter((worker) => worker !== undefined))].toSorted()
  })
}
