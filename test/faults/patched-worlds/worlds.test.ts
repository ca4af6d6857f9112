import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { start } from '../../kit/processes/fixture.ts'
import { kill } from '../../kit/started-processes.ts'
import { until } from '../../kit/until.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { sampled } from '../../kit/sample.ts'
import { numbersIn, upTo } from './numbers.ts'
import worlds from './worlds.cjs'

const program = fileURLToPath(new URL('logs.cjs', import.meta.url))

/** Nothing can be loaded in them, or no socket be opened: what is captured at import must come before. */
const UNINHABITABLE = [
  'memfs in the place of fs',
  'an fs that refuses everything',
  'sockets and processes that refuse everything',
]

const cases = [
  { patched: 'before', mmap: 'auto' },
  { patched: 'after', mmap: 'auto' },
  { patched: 'after', mmap: 'never' },
] as const

/** Each is in one of the other two anyway. */
const isOfSample = ({ patched, mmap }: (typeof cases)[number], world: string): boolean =>
  patched === 'before' || mmap === 'never' || UNINHABITABLE.includes(world)

describe.each(Object.keys(worlds))('in a world with %s', (world) => {
  const possible = cases.filter(({ patched }) => patched === 'after' || !UNINHABITABLE.includes(world))
  test.each(possible.filter((each) => sampled(isOfSample(each, world), true)))(
    'should log, flush, replace a killed listener and end when patched $patched the import ($mmap)',
    async ({ patched, mmap }) => {
      const directory = logDirectory()
      const { file } = directory

      const application = start(program, [JSON.stringify({ file, world, patched, mmap })])
      await application.printed('flushed once')
      const { pid } = await directory.listenerPresent()
      kill(pid, 'SIGKILL')
      // A second candidate may have been slow, and follow it.
      await until(() => directory.listener()?.pid !== pid, 'the killed listener to be gone')
      application.write('\n')

      await application.succeeded()
      expect(application.stdout).toBe('flushed once\nflushed again\n')
      expect(numbersIn(file)).toEqual(upTo(4_000))
    },
  )
})
