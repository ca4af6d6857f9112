import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { start } from '../../kit/processes/fixture.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { numbersIn, upTo } from './numbers.ts'

/** What both take, for machines that are very busy. */
const PATIENCE = '--testTimeout=60000'

const { resolve } = createRequire(import.meta.url)
const runners = {
  jest: { program: resolve('jest/bin/jest'), args: ['--ci', '--runInBand', PATIENCE], cwd: 'runners' },
  vitest: {
    program: join(dirname(resolve('vitest/package.json')), 'vitest.mjs'),
    args: ['run', PATIENCE],
    cwd: 'runners/vitest',
  },
} as const

test.each([
  ['jest', 'fake timers before the import', 'modern.test.cjs'],
  ['jest', 'fake timers after the import', 'modern-later.test.cjs'],
  ['jest', 'legacy fake timers', 'legacy.test.cjs'],
  ['jest', 'memfs in the place of fs', 'memfs.test.cjs'],
  ['vitest', 'fake timers before the import', 'fakes-before.spec.mjs'],
  ['vitest', 'all fakes after the import', 'fakes-after.spec.mjs'],
  ['vitest', 'memfs in the place of fs', 'memfs.spec.mjs'],
] as const)('should log to the real file and flush in %s with %s', async (name, _world, file) => {
  const directory = logDirectory()
  const { program, args, cwd } = runners[name]

  // What the outer vitest says to its own tests must not reach the inner one.
  const env = { LOG_FILE: directory.file, VITEST: undefined, VITEST_POOL_ID: undefined, NODE_ENV: undefined }
  const run = start(program, [...args, file], { cwd: fileURLToPath(new URL(cwd, import.meta.url)), env })

  await run.succeeded()
  expect(numbersIn(directory.file)).toEqual(upTo(2_000))
})
