import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startFixture } from '../../kit/processes/fixture.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { sampled } from '../../kit/sample.ts'
import { until } from '../../kit/until.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'
import { peakMemory } from '../../kit/processes/listener-status.ts'
import { linuxObstacle } from '../../kit/machine/obstacles.ts'

const MIB = 1024 * 1024
/** `npm run test:faults` has 500 processes, and a gibibyte of records. */
const PROCESSES = sampled(25, 500)
const RECORDS = sampled(5_000, 32_000)
/** 500 starts of Node.js take a minute on an idle machine of two cores, and many on a busy one. */
const PATIENCE_MS = 15 * 60_000

describe('a burst that is larger than memory', () => {
  test('should leave the listener below 90 MB, in a control group of that size where there is one', async ({
    skip,
  }) => {
    skip(linuxObstacle() !== undefined, linuxObstacle())
    const directory = logDirectory()
    const confine = controlGroup(96 * MIB)
    // No lifecycle events: the listener would report a worker that logs for so long without a turn of the event loop.
    const options = { overflow: 'block', blockTimeout: 120_000, linger: 120_000, lifecycle: false }
    const workers = await startWorkers(directory, ['a', 'b'], options)
    const { pid } = await directory.listenerPresent()
    confine(pid)

    for (const worker of workers) worker.send({ log: RECORDS, length: 16 * 1024 })
    for (const worker of workers) await worker.done()
    for (const worker of workers) await worker.does({ flush: true })

    expect(directory.listener()?.pid).toBe(pid)
    expect(peakMemory(pid)).toBeLessThan(90_000_000)
    for (const worker of workers) await worker.leaves()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 2 * RECORDS, ok: true, others: 0, examples: [] })
  })
})

describe(`${PROCESSES} processes`, () => {
  test(
    'should have every record in the log, by one listener, when each logs 100 and ends',
    { timeout: PATIENCE_MS },
    async () => {
      const directory = logDirectory()
      const { file, ledgers } = directory
      const settings = { file, ledgers, processes: PROCESSES, atOnce: 10, count: 100, linger: 60_000 }

      const processes = startFixture('spawn/processes-in-waves', [JSON.stringify(settings)])

      await processes.succeeded(PATIENCE_MS)
      await directory.drained()
      expect(await directory.check()).toMatchObject({ logged: PROCESSES * 100, ok: true, others: 0, examples: [] })
      expect(readdirSync(directory.channel).filter((name) => name.startsWith('L.'))).toEqual(['L.1'])
      expect(processes.stderr).toBe('')
    },
  )
})

/**
 * A bound on what a process may use, page cache included, where the control group for memory can be had. To be made
 * before what is to be in it, so that it is removed afterwards.
 *
 * @returns puts a process into it
 */
function controlGroup(bytes: number): (pid: number) => void {
  const group = join('/sys/fs/cgroup/memory', `pino-funnel-test-${randomUUID()}`)
  try {
    mkdirSync(group)
  } catch {
    return () => {}
  }
  onTestFinished(async () => {
    await until(() => (rmdirSync(group), true), `the control group ${group} to be gone`)
  })
  writeFileSync(join(group, 'memory.limit_in_bytes'), String(bytes))
  return (pid) => writeFileSync(join(group, 'cgroup.procs'), String(pid))
}
