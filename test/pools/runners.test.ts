import { poolEnvironment } from 'pino-funnel'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { start } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { recordsIn } from './pool-run.ts'

const { resolve } = createRequire(import.meta.url)
const jest = resolve('jest/bin/jest')
const vitest = join(dirname(resolve('vitest/package.json')), 'vitest.mjs')
const openHandles = ['--reporter=default', '--reporter=hanging-process']

/** What both say when something keeps them from ending. */
const COMPLAINTS = /open handle|did not exit|has failed to exit|close timed out|hanging/i

/**
 * In ms. Jest's own patience with a worker that ends is half a second, and with its own end one second; that of vitest is
 * ten. A busy machine takes them; what is kept open stays.
 */
const PATIENCE_OF_JEST = ['--workerGracefulExitTimeout=60000', '--openHandlesTimeout=60000']
const PATIENCE_OF_VITEST = '--teardownTimeout=60000'

test.each([
  ['jest', 'its own process', jest, ['--ci', '--runInBand', '--detectOpenHandles', ...PATIENCE_OF_JEST], 'runners'],
  ['jest', 'two processes', jest, ['--ci', '--maxWorkers=2', ...PATIENCE_OF_JEST], 'runners'],
  ['jest', 'two threads', jest, ['--ci', '--maxWorkers=2', '--workerThreads', ...PATIENCE_OF_JEST], 'runners'],
  ['vitest', 'processes', vitest, ['run', '--pool=forks', PATIENCE_OF_VITEST, ...openHandles], 'runners/vitest'],
  ['vitest', 'threads', vitest, ['run', '--pool=threads', PATIENCE_OF_VITEST, ...openHandles], 'runners/vitest'],
] as const)(
  'should log, and keep nothing open, when tests run inside %s in %s',
  async (pool, _, program, args, directoryName) => {
    let { directory, output } = await runTests(pool, program, args, directoryName)
    // Jest also names a connection that is being made at the instant of its check. One that stays is named each time.
    for (let again = 0; again < 3 && output.includes('PIPECONNECTWRAP'); again += 1)
      ({ directory, output } = await runTests(pool, program, args, directoryName))

    expect(output).not.toMatch(COMPLAINTS)
    await directory.drained()
    const records = recordsIn(directory)
    expect(records).toHaveLength(22)
    expect(new Set(records.map((record) => record.pool))).toEqual(new Set([pool]))
    expect(records.every(({ slot }) => slot === 1 || slot === 2)).toBe(true)
  },
)

async function runTests(
  pool: string,
  program: string,
  args: readonly string[],
  directoryName: string,
): Promise<{ directory: LogDirectory; output: string }> {
  const directory = logDirectory()
  // What the outer vitest says to its own tests must not reach the inner one.
  const outer = { VITEST: undefined, VITEST_POOL_ID: undefined, NODE_ENV: undefined }
  const env = { ...outer, ...poolEnvironment({ file: directory.file }) }
  // Jest remembers which tests were fast, and then starts no workers for them.
  const memory = pool === 'jest' ? [`--cacheDirectory=${directory.root}/cache`] : []
  const cwd = fileURLToPath(new URL(directoryName, import.meta.url))

  const run = start(program, [...args, ...memory], { cwd, env })

  await run.succeeded()
  return { directory, output: run.stdout + run.stderr }
}
