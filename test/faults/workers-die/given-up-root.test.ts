import { expect, test } from 'vitest'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { otherUserObstacle } from '../../kit/machine/obstacles.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'

const NOBODY = 65_534

test('a worker that gives up root should count what it can not store from then on, and end as any other', async ({
  skip,
}) => {
  skip(otherUserObstacle() !== undefined, otherUserObstacle())
  const directory = logDirectory()
  const [worker] = await startWorkers(directory, ['worker'])
  await worker!.does({ log: 10 })
  await worker!.does({ becomeUser: NOBODY })

  await worker!.does({ log: 600, length: 200 })
  await worker!.leaves()

  await directory.drained()
  const account = await accountOf(directory)
  expect(account).toMatchObject(faultless)
  expect(account.found, 'the first segment was open').toBeGreaterThan(10)
  expect(Object.keys(account.dropped)).toEqual(['30'])
  expect(worker!.warnings, 'its warnings').not.toEqual([])
})
