import { describe, expect, test } from 'vitest'
import { Random } from '../fixtures/shared/random.js'
import { mmapObstacle } from '../kit/machine/mmaps.ts'
import { linuxObstacle } from '../kit/machine/obstacles.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { startFixture } from '../kit/processes/fixture.ts'
import { sampled } from '../kit/sample.ts'

/** `npm run test:threads` has 10,000 of them; a sample is in every `npm test`. */
const THREADS = sampled(30, 5000)
const timeout = 60 * 60_000

interface Holdings {
  readonly descriptors: number
  readonly segments: number
}

const obstacle = linuxObstacle() ?? mmapObstacle

describe.skipIf(obstacle !== undefined)('threads that map memory and are terminated', () => {
  test.for([1, 8])(
    'should lose no record whose call returned, and leave no mapping and no descriptor, when there are %d at a time',
    { timeout },
    async (atOnce) => {
      const random = new Random()
      const directory = logDirectory()
      const { file, ledgers } = directory
      const settings = { file, ledgers, mmap: 'require', threads: THREADS, atOnce, seed: random.seed }

      const process = startFixture('threads/terminate-many', [JSON.stringify(settings)])

      await process.printed('after', timeout)
      const { before, after } = JSON.parse(process.stdout) as { before: Holdings; after: Holdings }
      expect(after.segments).toBe(0)
      expect(after.descriptors, JSON.stringify({ before, after })).toBeLessThanOrEqual(before.descriptors)
      await directory.drained()
      expect(await directory.check(), `seed ${settings.seed}`).toMatchObject({ ok: true, examples: [] })
      process.write('end')
      await process.succeeded()
    },
  )
})
