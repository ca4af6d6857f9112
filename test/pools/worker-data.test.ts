import { poolEnvironment } from 'pino-funnel'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startFixture } from '../kit/processes/fixture.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { recordsIn } from './pool-run.ts'

test.each(['worker_threads', 'piscina', 'tinypool-threads', 'workerpool-threads'])(
  'should log as workerData says, and not as the environment does, in %s',
  async (library) => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    const elsewhere = directory.path('elsewhere.log')
    const workerData = { pinoFunnel: { file, level: 'info', linger: 0 } }
    const settings = { library, scenario: 'works', ledgers, size: 2, tasks: 4, calls: 5, workerData }

    const pool = startFixture('pools/run', [JSON.stringify(settings)], {
      env: poolEnvironment({ file: elsewhere, level: 'silent' }),
    })

    await pool.succeeded()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 20, ok: true, examples: [] })
    expect(recordsIn(directory).every(({ thread }) => thread > 0)).toBe(true)
    expect(existsSync(elsewhere)).toBe(false)
  },
)
