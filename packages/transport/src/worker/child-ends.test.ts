import type { ChildEnd } from '@pino-funnel/channel'
import { Worker } from 'node:worker_threads'
import { describe, expect, test, onTestFinished } from 'vitest'
import { watchChildEnds } from './child-ends.ts'

/** What is reported of a thread that throws something, when the application hears of it, too. */
async function endOf(thrown: string): Promise<ChildEnd[]> {
  const told: ChildEnd[] = []
  onTestFinished(watchChildEnds((end) => told.push(end)))
  const worker = new Worker(`throw ${thrown}`, { eval: true })
  worker.on('error', () => {})
  const { threadId } = worker
  await new Promise((resolve) => worker.once('exit', resolve))
  return told.filter((end) => end.threadId === threadId)
}

describe('the end of a thread', () => {
  test.each([
    [`new Error('no stock')`, 'Error: no stock'],
    [`'no stock'`, 'no stock'],
    [`{ toString: 1, valueOf: 1 }`, 'something that is not text'],
  ])(
    'should be reported with what it has thrown, and leave the application alone, when that is %s',
    async (thrown, error) => {
      expect(await endOf(thrown)).toMatchObject([{ pid: process.pid, signal: null, code: 1, error }])
    },
  )

  test('should not be reported once watching has ended', async () => {
    const told: ChildEnd[] = []
    watchChildEnds((end) => told.push(end))()
    await endOf(`'no stock'`)
    expect(told).toEqual([])
  })
})
