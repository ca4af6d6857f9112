import { ensureChannel } from '@pino-funnel/channel'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Random } from '../../fixtures/shared/random.js'
import { startFixture } from '../../kit/processes/fixture.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { sampled } from '../../kit/sample.ts'

/** `npm run test:faults` has them all. */
const ELECTIONS = sampled(100, 1000)

/** A busy machine starts a contender in seconds, and each of the killed ones is followed by another. */
const DEADLINE_MS = Math.max(4 * 60_000, ELECTIONS * 500)
const patience = { timeout: DEADLINE_MS + 60_000 }

test('should never elect two listeners when contenders are killed and stopped again and again', patience, async () => {
  const random = new Random()
  const { channel, logs, root: board } = logDirectory()
  ensureChannel(channel, logs)
  for (const name of ['stamp', 'elections', 'overlaps']) writeFileSync(join(board, name), '')

  const settings = { root: channel, board, contenders: 6, elections: ELECTIONS, seed: random.seed }
  const elections = startFixture('listener/elections', [JSON.stringify(settings)])

  await elections.succeeded(DEADLINE_MS)
  expect(elections.stderr).toBe('')
  expect(readFileSync(join(board, 'overlaps'), 'utf8'), `seed ${random.seed}`).toBe('')
  expect(readFileSync(join(board, 'elections'), 'utf8').length).toBeGreaterThanOrEqual(ELECTIONS)
})
