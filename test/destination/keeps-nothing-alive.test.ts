import { describe, expect, test } from 'vitest'
import { startFixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { kill } from '../kit/started-processes.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'

describe('a destination', () => {
  test.each([
    ['a process that has logged', 'worker/log', { worker: 'a', count: 100 }],
    ['a process that has not logged', 'worker/log', { worker: 'a', count: 0 }],
    ['a process with worker threads that have logged', 'threads/log', { threads: 2, count: 100 }],
    ['cluster workers that have logged', 'spawn/cluster', { workers: 2, count: 100 }],
  ])('should not keep %s alive, nor print anything, when there was no listener', async (_who, fixture, settings) => {
    const { file, ledgers } = logDirectory()

    const process = startFixture(fixture, [JSON.stringify({ file, ledgers, ...settings })])

    await process.succeeded()
    expect(process.stdout + process.stderr).toBe('')
  })

  test.each([
    ['a process', 'worker/log', { worker: 'a', count: 100 }],
    ['worker threads', 'threads/log', { threads: 2, count: 100 }],
  ])(
    'should not keep %s alive, nor print anything, when the listener answers no worker',
    async (_who, fixture, settings) => {
      const directory = logDirectory()
      const { file, ledgers } = directory
      const { pid } = await listenerStarted(directory)
      kill(pid, 'SIGSTOP')

      const process = startFixture(fixture, [JSON.stringify({ file, ledgers, ...settings })])

      await process.succeeded()
      expect(process.stdout + process.stderr).toBe('')
    },
  )
})

async function listenerStarted(directory: LogDirectory): Promise<{ pid: number }> {
  const { file, ledgers } = directory
  startFixture('worker/log', [JSON.stringify({ file, ledgers, worker: 'other', count: 1, next: 'stay' })])
  return directory.listenerPresent()
}
