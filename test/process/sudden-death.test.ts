import { describe, expect, test } from 'vitest'
import { startFixture } from '../kit/fixture.ts'
import { logDirectory } from '../kit/test-log-directory.ts'

describe('sudden death', () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'should find every record whose call returned when a worker gets %s in mid-burst',
    async (signal) => {
      const directory = logDirectory()
      const workers = ['worker-1', 'worker-2'].map((worker) =>
        startFixture('burst', [directory.file, directory.ledgers, worker]),
      )

      for (const worker of workers) {
        await worker.printed('logging')
        worker.kill(signal)
        expect(await worker.exited()).toEqual({ code: null, signal })
      }

      await directory.drained()
      expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
    },
  )

  test('should find every record when the listener gets SIGKILL in mid-burst, and the workers notice nothing', async () => {
    const directory = logDirectory()
    const workers = ['worker-1', 'worker-2'].map((worker) =>
      startFixture('burst', [directory.file, directory.ledgers, worker, '200000']),
    )
    for (const worker of workers) await worker.printed('logging')

    const first = await directory.listenerPresent()
    await directory.endListener()

    for (const worker of workers) {
      await worker.succeeded()
      expect(worker.stderr).toBe('')
    }
    await directory.drained()
    expect(directory.listener()?.epoch).toBeGreaterThan(first.epoch)
    expect(await directory.check()).toMatchObject({ logged: 400_000, ok: true, examples: [] })
  })
})
