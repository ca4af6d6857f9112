import { poolEnvironment } from 'pino-funnel'
import { expect, test } from 'vitest'
import { linuxObstacle } from '../kit/machine/obstacles.ts'
import { startFixture } from '../kit/processes/fixture.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { sampled } from '../kit/sample.ts'
import { recordsIn } from './pool-run.ts'

/** `npm run test:pools` has 1,000 of them; a sample is in every `npm test`. */
const THREADS = sampled(40, 1000)
/** An allocator keeps some of what it was given back. */
const ROOM_BYTES = 64 * 1024 * 1024

interface Holdings {
  readonly descriptors: number
  readonly handles: readonly string[]
  readonly megabytes: number
  readonly rss: number
}

test.skipIf(linuxObstacle() !== undefined)(
  `should leave ${THREADS} records and nothing else when ${THREADS} threads log once and are terminated`,
  async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory

    const settings = JSON.stringify({ ledgers, threads: THREADS, atOnce: 2 })
    const threads = startFixture('pools/many-threads', [settings], {
      env: poolEnvironment({ file }),
      nodeOptions: ['--expose-gc'],
    })

    await threads.succeeded(10 * 60_000)
    const { before, after } = JSON.parse(threads.stdout) as { before: Holdings; after: Holdings }
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors)
    expect(after.handles).toEqual(before.handles)
    expect(after.rss, JSON.stringify({ before, after })).toBeLessThan(before.rss + ROOM_BYTES)
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: THREADS, ok: true, examples: [] })
    expect(recordsIn(directory)).toHaveLength(THREADS)
  },
  11 * 60_000,
)
