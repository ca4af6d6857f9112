import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { describe, expect, test } from 'vitest'
import { startFixture } from '../kit/processes/fixture.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { sampled } from '../kit/sample.ts'
import { until } from '../kit/until.ts'

/** `npm run test:lifecycle` has 100 workers for a minute, also on an idle machine. */
const WORKERS = sampled(20, 100)
const SPIN_MS = sampled(8_000, 60_000)

const machines = ['a machine that is fully loaded', 'an idle machine']

describe.each(sampled(machines.slice(0, 1), machines))('quiet workers on %s', (machine) => {
  test('should never be reported as stalled, stopped or dead', async () => {
    const directory = logDirectory()
    const crowd = startFixture('spawn/quiet-crowd', [JSON.stringify({ file: directory.file, workers: WORKERS })])
    const lines = (): string[] =>
      existsSync(directory.file) ? readFileSync(directory.file, 'utf8').split('\n').slice(0, -1) : []
    await until(() => lines().length >= WORKERS, 'all workers to log', { deadline: 120_000 })

    // The test observes them while other processes use a CPU for a given time: no sleep.
    const spinners = machine === 'an idle machine' ? 1 : availableParallelism() * 3
    const spinning = Array.from({ length: spinners }, () => startFixture('program/spin', [String(SPIN_MS)]))
    for (const spinner of spinning) await spinner.succeeded(SPIN_MS + 60_000)
    crowd.write('end\n')
    await crowd.succeeded()
    await directory.drained()

    expect(lines().filter((line) => line.includes('"funnel"'))).toEqual([])
    expect(lines()).toHaveLength(WORKERS)
  })
})
