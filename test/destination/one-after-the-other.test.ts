import { describe, expect, test } from 'vitest'
import { startWorkers } from '../kit/processes/commanded-worker.ts'
import { startFixture } from '../kit/processes/fixture.ts'
import { kill } from '../kit/started-processes.ts'
import { nextListener } from '../kit/logs/progress.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { mappedInSample } from '../kit/machine/mmaps.ts'

describe.each(mappedInSample)('destinations of one log file, one after the other, mmap %s', (mmap) => {
  test.each(['SIGCONT', 'SIGKILL'] as const)(
    'should have their records in the order of the log calls when all waited for a listener that got %s',
    async (signal) => {
      const directory = logDirectory()
      const [other] = await startWorkers(directory, ['other'])
      const { pid, epoch } = await directory.listenerPresent()
      kill(pid, 'SIGSTOP')
      const { file, ledgers } = directory
      const settings = { file, ledgers, worker: 'again', mmap, destinations: 6, count: 2000 }
      await startFixture('worker/one-after-the-other', [JSON.stringify(settings)]).succeeded()
      kill(pid, signal)
      // The other worker starts it. One that exits in the same instant may take the killed one for alive.
      if (signal === 'SIGKILL') await nextListener(directory, epoch)
      await other!.leaves()
      await directory.drained()
      expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
    },
  )
})
