import { describe, expect, test } from 'vitest'
import { startWorkers } from '../kit/processes/commanded-worker.ts'
import { startFixture, type Fixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { kill } from '../kit/started-processes.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { mappedInSample, plainInSample } from '../kit/machine/mmaps.ts'

describe.each(mappedInSample)('a flush, mmap %s', (mmap) => {
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
    const [worker] = await startWorkers(logDirectory(), ['flusher'], { mmap })

    await worker!.does({ logAndFlush: 1_000 })

    expect(worker!.fixture.stdout).toContain('done 1 1000\n')
    await worker!.leaves()
  })
})

describe.each(plainInSample)('a flush, mmap %s', (mmap) => {
  test('should call back with everything in the file when the listener has yet to start', async () => {
    const directory = logDirectory()

    const worker = startWorker('flush', directory, mmap)

    await worker.succeeded()
    expect(worker.stdout).toBe('flushing\nlines 1000\n')
  })

  test('should have everything in the file when a process that flushed without a callback has ended', async () => {
    const directory = logDirectory()

    await startWorker('flush without a callback', directory, mmap).succeeded()

    expect(await directory.check()).toMatchObject({ logged: 1_000, ok: true, examples: [] })
  })

  test('should give an error, and lose nothing, when the listener is stopped for too long', async () => {
    const directory = logDirectory()
    const { pid } = await listenerStarted(directory)
    kill(pid, 'SIGSTOP')

    const worker = startWorker('flush', directory, mmap, { flushTimeout: 200 })

    await worker.succeeded()
    expect(worker.stdout).toBe('flushing\nFUNNEL_FLUSH_TIMEOUT\n')
    kill(pid, 'SIGCONT')
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 1_001, ok: true, examples: [] })
  })

  test('should give an error, and delay no process, when the destination is destroyed meanwhile', async () => {
    const directory = logDirectory()
    const { pid } = await listenerStarted(directory)
    kill(pid, 'SIGSTOP')

    const worker = startWorker('destroy while flushing', directory, mmap, { flushTimeout: 600_000 })

    await worker.succeeded()
    expect(worker.stdout).toBe('FUNNEL_DESTINATION_ENDED\n')
    kill(pid, 'SIGCONT')
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 1_001, ok: true, examples: [] })
  })
})

function startWorker(next: string, { file, ledgers }: LogDirectory, mmap: string, options: object = {}): Fixture {
  const settings = { file, mmap, ledgers, worker: 'flusher', count: 1_000, next, flushTimeout: 120_000, ...options }
  return startFixture('worker/log', [JSON.stringify(settings)])
}

/** A listener that was launched by a process that has left. It stays until the end of the test. */
async function listenerStarted(directory: LogDirectory): Promise<{ pid: number }> {
  const { file, ledgers } = directory
  const flushTimeout = 120_000
  const settings = {
    file,
    ledgers,
    worker: 'starter',
    count: 1,
    next: 'flush without a callback',
    linger: 600_000,
    flushTimeout,
  }
  await startFixture('worker/log', [JSON.stringify(settings)]).succeeded()
  return directory.listenerPresent()
}
