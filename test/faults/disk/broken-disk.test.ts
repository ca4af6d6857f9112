import { expect, test } from 'vitest'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'
import { kill } from '../../kit/started-processes.ts'
import { mappedInSample, mmaps, plainInSample } from '../../kit/machine/mmaps.ts'
import { sampled } from '../../kit/sample.ts'
import { mountXfs, shutDown } from '../../kit/machine/mounts.ts'
import { shutdownObstacle } from '../../kit/machine/obstacles.ts'

const all = mmaps.flatMap((mmap) => (['block', 'drop'] as const).map((overflow) => ({ mmap, overflow })))
/** Each way of writing, and each of what to do with too much, once. */
const some = [
  ...mappedInSample.map((mmap) => ({ mmap, overflow: 'block' })),
  ...plainInSample.map((mmap) => ({ mmap, overflow: 'drop' })),
]

test.for(sampled(some, all))(
  'should end no application, and throw in no log call, when the disk of log and channel gives EIO from then on, mmap $mmap, overflow $overflow',
  async ({ mmap, overflow }, { skip }) => {
    skip(shutdownObstacle() !== undefined, shutdownObstacle())
    const directory = logDirectory()
    mountXfs(directory.logs)
    const [worker] = await startWorkers(directory, ['worker'], { mmap, overflow, blockTimeout: 100 })
    const { pid } = await directory.listenerPresent()
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })

    shutDown(directory.logs)

    await worker!.does({ logInTurns: 100 })
    await worker!.does({ log: 1_000, length: 200 })
    await worker!.warned('FUNNEL_RECORD_DROPPED')
    kill(pid, 'SIGKILL')
    await worker!.does({ logInTurns: 100 })
    await worker!.leaves()
    expect(worker!.warnings).toHaveLength(1)
  },
)
