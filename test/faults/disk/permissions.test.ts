import { chmodSync, chownSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { StartOptions } from '../../kit/processes/fixture.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { accountOf, faultless, noticesOf } from '../../kit/logs/account.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'
import { letsGo } from '../../kit/processes/open-files.ts'
import { statusReports } from '../../kit/processes/listener-status.ts'
import { coverReadOnly } from '../../kit/machine/mounts.ts'
import { mountObstacle, otherUserObstacle } from '../../kit/machine/obstacles.ts'

describe('a log directory that turns read-only under way (EROFS)', () => {
  test('should get everything that was not counted as dropped when it can be written again', async ({ skip }) => {
    skip(mountObstacle() !== undefined, mountObstacle())
    // A listener holds the directory of its channel, and a mount on a directory that is held changes nothing for it.
    const directory = logDirectory('elsewhere')
    const [worker] = await startWorkers(directory, ['worker'], { channelDir: directory.channel })
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })
    const { pid, epoch } = await directory.listenerPresent()

    const cover = coverReadOnly(directory.logs)
    await letsGo(pid, directory.file)
    await worker!.does({ log: 5_000, length: 200 })
    await statusReports(directory, /EROFS/)
    await worker!.warned('FUNNEL_LOG_FILE_TROUBLE')
    cover.undo()

    await worker!.does({ flush: true })
    await worker!.does({ log: 1_000 })
    await worker!.does({ flush: true })
    await worker!.leaves()
    expect(directory.listener()).toMatchObject({ pid, epoch })
    await directory.drained()
    const account = await accountOf(directory)
    expect(account).toMatchObject({ ...faultless, logged: 6_010, reported: account.dropped })
    expect(noticesOf('trouble', [directory.file])[0]?.error).toContain('EROFS')
    expect(worker!.warnings).toHaveLength(1)
  })
})

describe('a log file that may not be written any more (EACCES)', () => {
  test('should get everything when it may be written again', async ({ skip }) => {
    skip(otherUserObstacle() !== undefined, otherUserObstacle())
    const directory = logDirectory()
    for (const path of [directory.root, directory.logs, directory.ledgers]) chownSync(path, 65_534, 65_534)
    const [worker] = await startWorkers(directory, ['worker'], {}, asNobody)
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })
    const { pid } = await directory.listenerPresent()

    chownSync(directory.file, 0, 0)
    chmodSync(directory.file, 0o600)
    await letsGo(pid, directory.file)
    await worker!.does({ log: 1_000 })
    await worker!.warned('FUNNEL_LOG_FILE_TROUBLE')
    expect(worker!.fixture.stdout).toContain('EACCES')
    chownSync(directory.file, 65_534, 65_534)

    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 1_010, dropped: {} })
    expect(noticesOf('trouble', [directory.file])[0]?.error).toContain('EACCES')
  })
})

const asNobody: StartOptions = {
  nodeBinary: 'setpriv',
  nodeOptions: ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath],
}
