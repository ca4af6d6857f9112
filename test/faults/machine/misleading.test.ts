import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { preloading, type StartOptions } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { pinoFunnel, pinoFunnelWith } from '../../kit/processes/command.ts'
import { nextListener } from '../../kit/logs/progress.ts'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'

/** The listener has a mailbox of its own for a record about a worker, such as one that a busy machine has held up. */
const onlyMailbox = { lifecycle: false }

describe('the pid of a mailbox', () => {
  test('should keep no mailbox from being collected when another process has got it', async () => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], onlyMailbox)
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    await worker!.does({ log: 1_000 })
    await worker!.dies()
    kill(pid, 'SIGKILL')
    await directory.listenerGone()

    givePid(directory, process.pid)
    await pinoFunnel('recover', directory.logs).succeeded()

    expect(directory.mailboxes()).toEqual([])
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 1_000 })
  })

  test('should take no mailbox from a live writer when no process seems to have it', async () => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], onlyMailbox)
    await worker!.does({ log: 1_000 })
    await worker!.does({ flush: true })
    const { pid, epoch } = await directory.listenerPresent()

    givePid(directory, BEYOND_ALL_PIDS)
    kill(worker!.fixture.pid, 'SIGSTOP')
    kill(pid, 'SIGKILL')
    const recover = pinoFunnel('recover', directory.logs)
    await nextListener(directory, epoch)
    kill(worker!.fixture.pid, 'SIGCONT')

    await worker!.does({ log: 1_000 })
    await worker!.does({ flush: true })
    expect(directory.mailboxes()).toHaveLength(1)
    await worker!.leaves()
    await recover.succeeded()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 2_000, dropped: {} })
  })
})

describe('a clock that leaps to and fro', () => {
  test('should cost no record when workers have it, and so has a listener that is killed', async () => {
    const directory = logDirectory()
    await pinoFunnelWith(leaping, 'listen', directory.logs).printed('Listening')
    const workers = await startWorkers(directory, ['a', 'b'], { sync: { interval: 50 } }, leaping)
    for (let round = 0; round < 3; round += 1) {
      for (const worker of workers) await worker.does({ log: 1_000 })
      for (const worker of workers) await worker.does({ flush: true })
    }
    const { pid, epoch } = await directory.listenerPresent()
    kill(pid, 'SIGKILL')
    await nextListener(directory, epoch)
    for (const worker of workers) await worker.does({ log: 1_000 })

    for (const worker of workers) await worker.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 8_000, dropped: {} })
  })
})

const leaping: StartOptions = { env: preloading('leaping-clock.cjs') }

/** Larger than pid_max of Linux can be: proc(5). */
const BEYOND_ALL_PIDS = 2 ** 22 + 1
const LENGTH_OFFSET = 16
const PROFILE_OFFSET = 20

/** Writes another pid to the header of the only mailbox. */
function givePid(directory: LogDirectory, pid: number): void {
  const path = join(directory.channel, 'mailboxes', directory.mailboxes()[0] ?? 'none', 'header')
  const header = readFileSync(path)
  const end = PROFILE_OFFSET + header.readUInt32LE(LENGTH_OFFSET)
  const profile = JSON.parse(header.toString('utf8', PROFILE_OFFSET, end)) as object
  const json = JSON.stringify({ ...profile, pid })
  const changed = Buffer.alloc(4 + Buffer.byteLength(json))
  changed.writeUInt32LE(Buffer.byteLength(json))
  changed.write(json, 4)
  // In its place: the writer may have it mapped.
  const descriptor = openSync(path, 'r+')
  writeSync(descriptor, changed, 0, changed.length, LENGTH_OFFSET)
  closeSync(descriptor)
}
