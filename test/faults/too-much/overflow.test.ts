import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { until, type LogDirectory } from '../../kit/index.ts'
import { preloading } from '../../kit/processes/fixture.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { accountOf, faultless, noticesOf, total } from '../../kit/logs/account.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'
import { mappedInSample, plainInSample } from '../../kit/machine/mmaps.ts'
import { sampled } from '../../kit/sample.ts'

/** `npm run test:faults` has each with both. */
const sample = [
  ...mappedInSample.map((mmap) => ({ mmap, overflow: sampled('block', 'drop') })),
  ...plainInSample.map((mmap) => ({ mmap, overflow: sampled('drop', 'block') })),
]
const MAILBOX_BYTES = 2 * 1024 * 1024
/** Of some 300 bytes each: twice what a mailbox takes. */
const TOO_MANY = 15_000
const TAKEN_BY_RESERVE = 500

describe.each(sample)('more than may wait, mmap $mmap, $overflow', ({ mmap, overflow }) => {
  test('should be dropped below warn first, and counted exactly, when the listener is stopped', async () => {
    const directory = logDirectory()
    const options = { mmap, overflow, blockTimeout: 3_000, maxMailboxBytes: MAILBOX_BYTES }
    const [worker] = await startWorkers(directory, ['worker'], options)
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')

    // Were each of them held up on its own, this would take a day.
    await worker!.does({ log: TOO_MANY, length: 200 })
    await worker!.does({ log: TAKEN_BY_RESERVE, level: 'error', length: 200 })
    await worker!.does({ log: 10 })
    kill(pid, 'SIGCONT')

    await worker!.does({ flush: true })
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    const account = await accountOf(directory)
    expect(account).toMatchObject({
      ...faultless,
      logged: TOO_MANY + TAKEN_BY_RESERVE + 20,
      reported: account.dropped,
    })
    expect(Object.keys(account.dropped)).toEqual(['30'])
    expect(noticesOf('dropped', [directory.file])).toMatchObject([
      { worker: worker!.fixture.pid, causes: { 'mailbox full': account.dropped['30'] } },
    ])
    expect(worker!.warnings).toEqual(['FUNNEL_RECORD_DROPPED'])
  })
})

describe.each(mappedInSample)('more than may wait, mmap %s', (mmap) => {
  test('should be dropped also of level error, and counted by level, when the reserve is used up', async () => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], { mmap, maxMailboxBytes: MAILBOX_BYTES })
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')

    for (const level of ['info', 'error', 'warn']) await worker!.does({ log: TOO_MANY, level, length: 200 })
    kill(pid, 'SIGCONT')

    await worker!.does({ flush: true })
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    const account = await accountOf(directory)
    expect(account).toMatchObject({ ...faultless, reported: account.dropped })
    expect(Object.keys(account.dropped)).toEqual(['30', '40', '50'])
  })

  test('should wait and not be dropped when the listener is at work and the policy is to block', async () => {
    const directory = logDirectory()
    const options = { mmap, overflow: 'block', blockTimeout: 60_000, maxMailboxBytes: MAILBOX_BYTES }
    const [worker] = await startWorkers(directory, ['worker'], options)

    await worker!.does({ log: TOO_MANY, length: 200 })

    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: TOO_MANY, dropped: {} })
  })
})

describe.each(plainInSample)('more than may wait, mmap %s', (mmap) => {
  test('should be reported by the listener when the worker was killed while it dropped', async () => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], { mmap, maxMailboxBytes: MAILBOX_BYTES })
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')

    worker!.send({ logUntilNext: 200 })
    await worker!.warned('FUNNEL_RECORD_DROPPED')
    await worker!.dies()
    kill(pid, 'SIGCONT')

    await directory.drained()
    const { missing, ...check } = await directory.check()
    const { lost: _lost, bothDroppedAndFound: _both, ...faults } = faultless
    expect({ ...check, missing }).toMatchObject(faults)
    const reported = total(noticesOf('dropped', [directory.file]).at(-1)?.levels ?? {})
    // It may have been killed between the drop and the ledger's taking note that the call returned.
    expect([missing, missing + 1], directory.root).toContain(reported)
    expect(missing).toBeGreaterThan(0)
  })

  test.each(['before it reports to the log', 'after it has reported to the log'])(
    'should be reported once when the worker is killed %s',
    async (moment) => {
      const directory = logDirectory()
      const env = { ...preloading('killed-at-drops.cjs'), KILLED_AT: moment }
      const [worker] = await startWorkers(directory, ['worker'], { mmap, maxMailboxBytes: MAILBOX_BYTES }, { env })
      const { pid } = await directory.listenerPresent()
      kill(pid, 'SIGSTOP')

      await worker!.does({ log: TOO_MANY, length: 200 })
      kill(pid, 'SIGCONT')
      expect(await worker!.fixture.exited()).toMatchObject({ signal: 'SIGKILL' })

      await directory.drained()
      expect(await accountOf(directory)).toMatchObject(faultless)
      const reported = noticesOf('dropped', [directory.file])
      expect(reported).toHaveLength(1)
      expect(total(reported[0]!.levels)).toBe(total((await accountOf(directory)).dropped))
    },
  )
})

describe('more than may wait in a channel', () => {
  test('should be dropped and counted, for each worker, when several workers fill it', async () => {
    const directory = logDirectory()
    const workers = await startWorkers(directory, ['a', 'b'], { maxChannelBytes: 3 * MAILBOX_BYTES })
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')

    for (const worker of workers) await worker.does({ log: 2 * TOO_MANY, length: 200 })
    kill(pid, 'SIGCONT')

    for (const worker of workers) {
      await worker.does({ flush: true })
      await worker.does({ log: 10 })
      await worker.does({ flush: true })
      await worker.leaves()
    }
    await directory.drained()
    const account = await accountOf(directory)
    expect(account).toMatchObject({ ...faultless, logged: 4 * TOO_MANY + 20, reported: account.dropped })
    expect(noticesOf('dropped', [directory.file])[0]?.causes).toHaveProperty('channel full')
  })
})

test.each(mappedInSample)(
  'should be taken when the listener is killed while a log call waits for it, since the call starts another, mmap %s',
  async (mmap) => {
    const directory = logDirectory()
    // As long as the test waits: how soon the next listener is there is up to the machine.
    const options = { mmap, overflow: 'block', blockTimeout: 120_000, maxMailboxBytes: MAILBOX_BYTES }
    const [worker] = await startWorkers(directory, ['worker'], options)
    const { pid } = await directory.listenerPresent()
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })
    kill(pid, 'SIGSTOP')
    worker!.send({ log: TOO_MANY, length: 200 })
    await until(() => waitingBytes(directory) > MAILBOX_BYTES / 2, 'the mailbox to be nearly full')
    kill(pid, 'SIGKILL')

    await worker!.done()

    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: TOO_MANY + 10, dropped: {} })
  },
)

function waitingBytes({ channel }: LogDirectory): number {
  const ids = readdirSync(join(channel, 'mailboxes'))
  return ids
    .flatMap((id) => readdirSync(join(channel, 'mailboxes', id)).map((name) => join(channel, 'mailboxes', id, name)))
    .filter((path) => /\.(?:plain|mapped)$/.test(path))
    .reduce((sum, path) => sum + statSync(path).size, 0)
}
