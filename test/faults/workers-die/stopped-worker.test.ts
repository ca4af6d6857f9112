import { describe, expect, test } from 'vitest'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'
import { mmaps } from '../../kit/machine/mmaps.ts'

describe('a worker that is stopped (SIGSTOP)', () => {
  test.each(mmaps)('should delay no other worker, and go on where it was, mmap %s', async (mmap) => {
    const directory = logDirectory()
    const [stopped, other] = await startWorkers(directory, ['stopped', 'other'], { mmap, lifecycle: false })
    stopped!.send({ logUntilNext: 100 })
    await other!.does({ log: 1_000 })
    const { pid, epoch } = await directory.listenerPresent()
    kill(stopped!.fixture.pid, 'SIGSTOP')

    for (let round = 0; round < 3; round += 1) {
      await other!.does({ log: 5_000 })
      await other!.does({ flush: true })
    }
    const [third] = await startWorkers(directory, ['third'], { mmap, lifecycle: false })
    await third!.does({ log: 1_000 })
    await third!.does({ flush: true })
    await third!.leaves()
    await until(() => directory.mailboxes().length === 2, 'the mailbox of the third worker to be gone, and no other')
    kill(stopped!.fixture.pid, 'SIGCONT')

    for (const worker of [stopped!, other!]) {
      await worker.does({ log: 10 })
      await worker.does({ flush: true })
      await worker.leaves()
    }
    expect(directory.listener()).toMatchObject({ pid, epoch })
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, dropped: {} })
    for (const { fixture } of [stopped!, other!, third!]) expect(fixture.stdout).not.toContain('FUNNEL_')
  })
})
