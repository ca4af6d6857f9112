import { describe, expect, test } from 'vitest'
import { startFixture } from '../../kit/processes/fixture.ts'
import { sampled } from '../../kit/sample.ts'
import { kill } from '../../kit/started-processes.ts'
import { nodeBinaries } from '../../kit/processes/node-binaries.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { pinoFunnelWith } from '../../kit/processes/command.ts'
import { grown, logged, nextListener } from '../../kit/logs/progress.ts'

/** All other tests run on one of them, and what differs shows in the newest one first. `npm run test:faults` has all. */
const binaries = nodeBinaries()
const newest = binaries.at(-1)
const inSample = binaries.filter(({ major }) => major !== Number.parseInt(process.versions.node, 10))

const scenes = [
  ['cluster workers log', 'spawn/cluster', { workers: 2, count: 10_000 }, 20_000],
  ["it goes through pino's transport config", 'transport/log', { worker: 'a', count: 5_000 }, 5_000],
  ['worker threads log', 'threads/log', { threads: 2, count: 10_000 }, 20_000],
  ['forked children call process.exit() at once', 'spawn/forks-that-exit', { children: 5, count: 10 }, 50],
  ['a process logs and ends', 'worker/log', { worker: 'a', count: 5 }, 5],
] as const

describe.each(sampled(inSample, binaries))('a log on Node $major', ({ path: nodeBinary, major }) => {
  const takesAll = sampled(major === newest?.major, true)

  test.each(takesAll ? scenes : scenes.slice(0, 2))(
    'should have every record when %s',
    async (_what, fixture, settings, total) => {
      const directory = logDirectory()
      const { file, ledgers } = directory

      const process = startFixture(fixture, [JSON.stringify({ file, ledgers, ...settings })], { nodeBinary })

      await process.succeeded()
      await directory.drained()
      expect(await directory.check()).toMatchObject({ logged: total, ok: true, examples: [] })
      expect(process.stdout + process.stderr).toBe('')
    },
  )

  test.runIf(takesAll)('should have every record when a worker never yields, and is killed then', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const settings = { file, ledgers, worker: 'a' }
    const worker = startFixture('worker/never-yield', [JSON.stringify(settings)], { nodeBinary })
    await logged(directory, 'a', 1_000)
    await grown(directory, 0)
    worker.kill()

    await worker.exited()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })

  test('should have every record when the listener is killed in mid-burst, and `status` sees the next one', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    const settings = { file, ledgers, worker: 'a' }
    const worker = startFixture('worker/keep-logging', [JSON.stringify(settings)], { nodeBinary })
    const { pid, epoch } = await directory.listenerPresent()
    await grown(directory, 100_000)

    kill(pid, 'SIGKILL')

    const next = await nextListener(directory, epoch)
    const status = pinoFunnelWith({ nodeBinary }, 'status', file)
    await status.succeeded()
    expect(status.stdout).toContain(`listener  pid ${next.pid}, epoch ${next.epoch}`)
    worker.write('end')
    await worker.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
    expect(worker.stdout + worker.stderr).toBe('')
  })
})
