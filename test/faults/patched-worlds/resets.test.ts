import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { linuxObstacle } from '../../kit/machine/obstacles.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { start } from '../../kit/processes/fixture.ts'

const jest = createRequire(import.meta.url).resolve('jest/bin/jest')

test('should be one worker, with one exit handler and a known end, when Jest resets its modules in each test of two files', async ({
  skip,
}) => {
  skip(linuxObstacle() !== undefined, linuxObstacle())
  const directory = logDirectory()
  const cwd = fileURLToPath(new URL('runners', import.meta.url))
  const env = { LOG_FILE: directory.file, VITEST: undefined, VITEST_POOL_ID: undefined, NODE_ENV: undefined }

  const run = start(jest, ['--ci', '--runInBand', '--testTimeout=60000', 'resets-'], { cwd, env })
  await run.succeeded()

  expect(run.stderr).not.toContain('Warning')
  await directory.drained()
  const records = readFileSync(directory.file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { n?: number; funnel?: { event: string } })
  expect(records.filter(({ n }) => n !== undefined)).toHaveLength(30)
  const events = records.flatMap(({ funnel }) => funnel?.event ?? [])
  expect(events.filter((event) => event !== 'stalled' && event !== 'resumed')).toEqual([])
})
