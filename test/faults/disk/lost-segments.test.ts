import { readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mmapObstacle } from '../../kit/machine/mmaps.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'

test.skipIf(mmapObstacle !== undefined)(
  'should have every later record, and a warning, when another program cuts the segments that an application has mapped',
  async () => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], { mmap: 'require' })
    await worker!.does({ log: 2_000 })
    await worker!.does({ flush: true })

    for (const mailbox of directory.mailboxes()) {
      const path = join(directory.root, 'logs', '.pino-funnel', 'mailboxes', mailbox)
      const segments = readdirSync(path).filter((name) => /\.(mapped|free)$/.test(name))
      for (const name of segments) truncateSync(join(path, name))
    }

    await worker!.does({ log: 10_000 })
    await worker!.warned('FUNNEL_SEGMENT_LOST')
    await worker!.leaves()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 12_000, ok: true, examples: [] })
  },
)
