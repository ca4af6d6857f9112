import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'
import { freeze, mountExt4 } from '../../kit/machine/mounts.ts'
import { freezeObstacle } from '../../kit/machine/obstacles.ts'
import { mmaps } from '../../kit/machine/mmaps.ts'
import { sampled } from '../../kit/sample.ts'

/** Of each worker, while the disk hangs: several segments. */
const RECORDS = sampled(10_000, 20_000)

test.for(mmaps)(
  'should take every record while the disk of the log hangs, and write them once it goes on, mmap %s',
  async (mmap, { skip }) => {
    skip(freezeObstacle() !== undefined, freezeObstacle())
    const directory = logDirectory('elsewhere')
    mountExt4(directory.logs)
    const workers = await startWorkers(directory, ['a', 'b'], { mmap, channelDir: directory.channel })
    for (const worker of workers) {
      await worker.does({ log: 10 })
      await worker.does({ flush: true })
    }
    const { pid, epoch } = await directory.listenerPresent()

    const { thaw } = freeze(directory.logs)
    const { size } = statSync(directory.file)
    for (const worker of workers) await worker.does({ log: RECORDS, length: 100 })
    expect(statSync(directory.file).size).toBe(size)
    thaw()

    for (const worker of workers) {
      await worker.does({ flush: true })
      await worker.leaves()
    }
    expect(directory.listener()).toMatchObject({ pid, epoch })
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 2 * (10 + RECORDS), dropped: {} })
  },
)
