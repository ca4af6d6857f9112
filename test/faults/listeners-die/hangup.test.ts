import { readdirSync, readlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'
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
      kill(pid, 'SIGHUP')
      await until(() => !openFiles(pid).includes(directory.file), 'the listener to close the log file', {
        evidence: () => openFiles(pid).join(', '),
      })
    }

    await worker!.does({ log: 100 })
    await worker!.does({ flush: true })
    await worker!.leaves()
    expect(directory.listener()).toMatchObject({ pid, epoch })
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 400 })
  })
})

function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)]
    } catch {
      return []
    }
  })
}
