import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { poolEnvironment } from 'pino-funnel'
import { preloading, startFixture } from '../../kit/processes/fixture.ts'
import { pinoFunnelWith } from '../../kit/processes/command.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'

const onWindows = preloading('windows.cjs')

/** Ignored, without a word of its own. */
const options = { size: '1k', limit: { count: 1 }, format: '{msg}', overflow: 'block', sync: { interval: 10 } }

describe('a process on Windows', () => {
  test.each([
    ['a process logs and ends', 'worker/log', { worker: 'a', count: 1000 }, 1000, 1],
    ["it goes through pino's transport config", 'transport/log', { worker: 'a', count: 1000 }, 1000, 1],
    ['a worker of a pool logs', 'pools/one-task', {}, 100, 1],
    ['threads log', 'threads/log', { threads: 2, count: 1000 }, 2000, 2],
    ['cluster workers log', 'spawn/cluster', { workers: 2, count: 1000 }, 2000, 2],
  ])(
    'should have every record in a plain file, and a warning of each thread, when %s',
    async (_what, fixture, settings, total, threads) => {
      const directory = logDirectory()
      const { file, ledgers } = directory
      const TASK = JSON.stringify({ ledgers, calls: 100, end: 'return' })
      const env = { ...onWindows, ...poolEnvironment({ file }), TASK }

      const process = startFixture(fixture, [JSON.stringify({ file, ledgers, ...options, ...settings })], { env })

      await process.succeeded()
      expect(await directory.check()).toMatchObject({ logged: total, ok: true, examples: [] })
      expect(process.stderr.match(/FUNNEL_DEVELOPMENT_MODE/g)).toHaveLength(threads)
      expect(process.stderr).toContain('pino-funnel has only a development mode on Windows')
      expect(readdirSync(dirname(file)).filter((name) => name.startsWith('.pino-funnel'))).toEqual([])
      expect(process.stdout).toBe('')
    },
  )

  test('should have its file read by tail, query and timeline, and say which commands do not run there', async () => {
    const { file, ledgers } = logDirectory()
    const settings = { file, ledgers, worker: 'a', count: 20 }
    await startFixture('worker/log', [JSON.stringify(settings)], { env: onWindows }).succeeded()
    const run = async (...args: readonly string[]): Promise<string> => {
      const command = pinoFunnelWith({ env: onWindows }, ...args)
      await command.succeeded()
      expect(command.stderr).toBe('')
      return command.stdout
    }

    expect((await run('tail', '-n', '5', file)).split('\n').length - 1).toBe(5)
    expect(await run('query', '--count', file)).toBe('20\n')
    expect(await run('timeline', file)).toContain('20')

    const status = pinoFunnelWith({ env: onWindows }, 'status', file)
    expect(await status.exited()).toEqual({ code: 1, signal: null })
    expect(status.stderr).toMatch(/^pino-funnel: The command 'status' needs a listener, and this is Windows, .*\n$/)
  })
})
