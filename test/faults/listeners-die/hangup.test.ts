import { describe, expect, test } from 'vitest'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'
import { letsGo, openFiles } from '../../kit/processes/open-files.ts'
import { linuxObstacle } from '../../kit/machine/obstacles.ts'

describe('a listener that gets SIGHUP', () => {
  test('should let the log file go, and open it by name for what comes next', async ({ skip }) => {
    skip(linuxObstacle() !== undefined, linuxObstacle())
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    const { pid, epoch } = await directory.listenerPresent()

    for (let round = 0; round < 3; round += 1) {
      await worker!.does({ log: 100 })
      await worker!.does({ flush: true })
      expect(openFiles(pid)).toContain(directory.file)
      await letsGo(pid, directory.file)
    }

    await worker!.does({ log: 100 })
    await worker!.does({ flush: true })
    await worker!.leaves()
    expect(directory.listener()).toMatchObject({ pid, epoch })
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 400 })
  })
})
