import { describe, expect, test } from 'vitest'
import { startFixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { kill } from '../kit/started-processes.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'

describe.each(['require', 'never'] as const)('flush, mmap %s', (mmap) => {
  test('should call back with everything in the file when the listener has yet to start', async () => {
    const directory = logDirectory()

    const worker = startWorker('flush', directory, mmap)

    await worker.succeeded()
    expect(worker.stdout).toBe('flushing\nlines 1000\n')
  })

  test('should call back with everything in the file when the listener is there', async () => {
    const directory = logDirectory()
    await listenerStarted(directory)

    const worker = startWorker('flush', directory, mmap)

    await worker.succeeded()
    expect(worker.stdout).toBe('flushing\nlines 1001\n')
  })

  test('should call back with everything in the file when the listener is killed while it waits', async () => {
    const directory = logDirectory()
    const { pid } = await listenerStarted(directory)
    kill(pid, 'SIGSTOP')
    const worker = startWorker('flush', directory, mmap)
    await worker.printed('flushing')

    kill(pid, 'SIGKILL')

    await worker.succeeded()
    expect(worker.stdout).toBe('flushing\nlines 1001\n')
  })

  test('should call back once for each call, in their order, when there are many', async () => {
    const worker = startWorker('flush-each', logDirectory(), mmap)

    await worker.succeeded()
    expect(worker.stdout).toBe('in order 1000\n')
  })

  test('should have everything in the file when a process that flushed without a callback has ended', async () => {
    const directory = logDirectory()

    await startWorker('flush-and-forget', directory, mmap).succeeded()

    expect(await directory.check()).toMatchObject({ logged: 1_000, ok: true, examples: [] })
  })

  test('should give an error, and lose nothing, when the listener is stopped for longer than the flush may take', async () => {
    const directory = logDirectory()
    const { pid } = await listenerStarted(directory)
    kill(pid, 'SIGSTOP')

    const worker = startWorker('flush', directory, mmap, { flushTimeout: 200 })

    await worker.succeeded()
    expect(worker.stdout).toBe('flushing\nFUNNEL_FLUSH_TIMEOUT\n')
    kill(pid, 'SIGCONT')
    await directory.listenerGone()
    expect(await directory.check()).toMatchObject({ logged: 1_001, ok: true, examples: [] })
  })

  test('should give an error, and hold nobody up, when the destination is destroyed meanwhile', async () => {
    const directory = logDirectory()
    const { pid } = await listenerStarted(directory)
    kill(pid, 'SIGSTOP')

    const worker = startWorker('destroy-while-flushing', directory, mmap, { flushTimeout: 600_000 })

    await worker.succeeded()
    expect(worker.stdout).toBe('FUNNEL_DESTINATION_ENDED\n')
    kill(pid, 'SIGCONT')
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 1_001, ok: true, examples: [] })
  })
})

function startWorker(fixture: string, { file, ledgers }: LogDirectory, mmap: string, options: object = {}) {
  return startFixture(fixture, [JSON.stringify({ file, mmap, ledgers, worker: 'flusher', count: 1_000, ...options })])
}

/** A listener that was launched by a process that has left. */
async function listenerStarted(directory: LogDirectory): Promise<{ pid: number }> {
  const { file, ledgers } = directory
  await startFixture('flush-and-forget', [
    JSON.stringify({ file, ledgers, worker: 'starter', count: 1, linger: 2_000 }),
  ]).succeeded()
  return directory.listenerPresent()
}
