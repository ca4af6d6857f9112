import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { Mount, mountTmpfs } from '../../kit/machine/mounts.ts'
import { mountObstacle } from '../../kit/machine/obstacles.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'
import { kill } from '../../kit/started-processes.ts'
import { until } from '../../kit/until.ts'

const obstacle = mountObstacle()

test('a worker and a listener should not be taken for dead by another path to their channel', async ({ skip }) => {
  skip(obstacle !== undefined, obstacle)
  const directory = logDirectory()
  const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => join(directory.root, 'layers', name))
  mountTmpfs(join(directory.root, 'layers'), '16M')
  for (const layer of [lower, upper, work]) mkdirSync(layer as string)
  const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  const mount = new Mount(directory.logs, ['-t', 'overlay', '-o', layers, 'overlay'])
  const [worker] = await startWorkers(directory, ['worker'])
  await worker!.does({ log: 100 })
  await worker!.does({ flush: true })
  const { pid } = await directory.listenerPresent()

  const beside = pinoFunnel('recover', upper as string)
  expect(await beside.exited()).toEqual({ code: 1, signal: null })
  expect(beside.stderr).toContain(`The listener (pid ${pid})`)
  expect(directory.listener()?.pid).toBe(pid)

  // Without that listener, one by the other path leaves the living worker's mailbox alone.
  worker!.fixture.kill('SIGSTOP')
  kill(pid, 'SIGKILL')
  await directory.listenerGone()
  const next = pinoFunnel('recover', upper as string)
  await until(() => next.stderr.includes('is alive, but'), 'the other listener to find the worker alive')
  expect(readdirSync(join(upper as string, '.pino-funnel', 'mailboxes'))).toHaveLength(1)
  expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 100 })
  next.kill()
  mount.undo()
})
