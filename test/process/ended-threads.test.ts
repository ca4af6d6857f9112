import { layoutOf } from '@pino-funnel/channel'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startFixture } from '../kit/fixture.ts'
import { logDirectory } from '../kit/test-log-directory.ts'

/** Two segments and the bell. */
const OF_ONE_THREAD = 3

test.runIf(existsSync('/proc/self/maps'))(
  'should give back the memory of threads that were terminated when other threads come after them',
  async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    const { mailboxes } = layoutOf(directory.channel)

    const settings = { file, ledgers, mailboxes, threads: 6, count: 2_000 }
    const process = startFixture('threads-in-turn', [JSON.stringify(settings)])

    await process.succeeded()
    expect(process.stdout).toMatch(/^mappings \d+\n$/)
    expect(Number(/\d+/.exec(process.stdout)?.[0])).toBeLessThanOrEqual(OF_ONE_THREAD)
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  },
)
