import { ensureChannel } from '@pino-funnel/channel'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Random } from '../../fixtures/shared/random.js'
import { startFixture } from '../../kit/processes/fixture.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'

test('should never elect two listeners in 500 elections when contenders are killed and stopped', async () => {
  const random = new Random()
  const { channel, logs, root: board } = logDirectory()
  ensureChannel(channel, logs)
  for (const name of ['stamp', 'elections', 'overlaps']) writeFileSync(join(board, name), '')

  const settings = { root: channel, board, contenders: 6, elections: 500, seed: random.seed }
  const elections = startFixture('listener/elections', [JSON.stringify(settings)])

  await elections.succeeded(240_000)
  expect(elections.stderr).toBe('')
  expect(readFileSync(join(board, 'overlaps'), 'utf8'), `seed ${random.seed}`).toBe('')
  expect(readFileSync(join(board, 'elections'), 'utf8').length).toBeGreaterThanOrEqual(500)
})
