import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { Mount, mountTmpfs } from '../../kit/machine/mounts.ts'
import { mountObstacle } from '../../kit/machine/obstacles.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'

/** Two workers log, and are killed together with their listener, as the processes of a container are. */
async function logAndDie(directory: LogDirectory): Promise<void> {
  const workers = await startWorkers(directory, ['a', 'b'])
  for (const worker of workers) await worker.does({ log: 500 })
  for (const worker of workers) await worker.does({ flush: true })
  for (const worker of workers) worker.fixture.kill('SIGKILL')
  await directory.endListener()
}

async function expectEachOnce(directory: LogDirectory): Promise<void> {
  await pinoFunnel('recover', directory.logs).succeeded()
  const account = await accountOf(directory, [directory.file])
  expect(account).toMatchObject({ ...faultless, found: 1_000 })
  // Nothing is left that such a copy fails at: a socket of a process that was killed.
  cpSync(directory.logs, join(directory.root, 'backup'), { recursive: true })
}

describe('each record once when everything was killed', () => {
  test('should hold when the log directory is restored from a copy', async () => {
    const directory = logDirectory()
    await logAndDie(directory)
    const copy = join(directory.root, 'copy')
    execFileSync('cp', ['-a', directory.logs, copy])
    rmSync(directory.logs, { recursive: true })
    renameSync(copy, directory.logs)
    await expectEachOnce(directory)
  })

  const obstacle = mountObstacle()
  test('should hold when the overlay of a container is mounted again, with another device number', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => join(directory.root, 'layers', name))
    mountTmpfs(join(directory.root, 'layers'), '16M')
    for (const layer of [lower, upper, work]) mkdirSync(layer as string)
    const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
    const overlay = (): Mount => new Mount(directory.logs, ['-t', 'overlay', '-o', layers, 'overlay'])
    const first = overlay()
    const { dev } = statSync(directory.logs)
    await logAndDie(directory)
    first.undo()
    // Another file system takes the device number.
    mountTmpfs(join(directory.root, 'other'), '64k')
    overlay()
    expect(statSync(directory.logs).dev).not.toBe(dev)
    await expectEachOnce(directory)
  })
})
