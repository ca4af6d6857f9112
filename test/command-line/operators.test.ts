/** Root at the channel of a service's user. */
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, lchownSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { otherUserObstacle } from '../kit/machine/obstacles.ts'
import { startWorkers } from '../kit/processes/commanded-worker.ts'
import { pinoFunnel, pinoFunnelWith } from '../kit/processes/command.ts'

const NOBODY = 65_534
const asNobody = {
  nodeBinary: 'setpriv',
  nodeOptions: [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', process.execPath],
}

/** A log directory of a user that is not root. */
function serviceDirectory(): LogDirectory {
  const directory = logDirectory()
  chmodSync(directory.root, 0o755)
  for (const path of [directory.logs, directory.ledgers]) chownSync(path, NOBODY, NOBODY)
  return directory
}

describe("root, at the channel of a service's user", () => {
  const obstacle = otherUserObstacle()

  test('should see the workers, and leave nothing of its own', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = serviceDirectory()
    const [worker] = await startWorkers(directory, ['worker'], {}, asNobody)
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })

    const status = pinoFunnel('status', directory.logs)
    await status.succeeded()
    const doctor = pinoFunnel('doctor', directory.file)
    await doctor.succeeded()

    expect(status.stdout).toMatch(new RegExp(`  ${worker!.fixture.pid} +commanded\\.js +running .* 10 `))
    expect(doctor.stdout).toContain('Nothing is wrong.')
    const owners = readdirSync(directory.channel, { recursive: true, encoding: 'utf8' }).map(
      (name) => statSync(join(directory.channel, name)).uid,
    )
    expect([...new Set(owners)]).toEqual([NOBODY])
  })

  test('should read nothing that the user could not read, where the user has planted a link', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = serviceDirectory()
    const secret = join(directory.root, 'secret')
    writeFileSync(secret, 'only for root\n', { mode: 0o600 })
    const [worker] = await startWorkers(directory, ['worker'], {}, asNobody)
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })
    await directory.endListener()
    await worker!.dies()
    for (const name of ['listener.log', 'journal', 'epoch']) {
      rmSync(join(directory.channel, name), { force: true })
      symlinkSync(secret, join(directory.channel, name))
    }

    for (const command of ['status', 'doctor']) {
      const run = pinoFunnel(command, directory.logs)
      await run.exited()
      expect(run.stdout + run.stderr).not.toContain('only for root')
    }
  })

  test('should read no file through a link in the place of a log or of a rotated one', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = serviceDirectory()
    const secret = join(directory.root, 'secret')
    writeFileSync(secret, 'only for root\n', { mode: 0o600 })
    const [worker] = await startWorkers(directory, ['worker'], {}, asNobody)
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })
    for (const name of ['app.1.log', 'other.log']) symlinkSync(secret, join(directory.logs, name))

    const runs = [
      pinoFunnel('tail', '-n', '100', directory.file),
      pinoFunnel('query', directory.file),
      pinoFunnel('tail', join(directory.logs, 'other.log')),
    ]
    for (const run of runs) await run.exited()

    expect(runs.map(({ stdout, stderr }) => stdout + stderr).join('')).not.toContain('only for root')
    expect(runs[0]!.stdout.trim().split('\n')).toHaveLength(10)
    expect(runs[1]!.stdout).toBe(runs[0]!.stdout)
  })

  test('should not follow a link of the user where there is no channel', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = serviceDirectory()
    const secret = join(directory.root, 'secret')
    writeFileSync(secret, 'only for root\n', { mode: 0o600 })
    symlinkSync(secret, directory.file)
    lchownSync(directory.file, NOBODY, NOBODY)

    for (const command of ['tail', 'query']) {
      const run = pinoFunnel(command, directory.file)
      expect(await run.exited()).toMatchObject({ code: 2 })
      expect(run.stdout).toBe('')
      expect(run.stderr).toContain('is a link of user 65534')
    }
  })

  test('should be refused by listen, with the command line of the user', async ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    const directory = serviceDirectory()
    const [worker] = await startWorkers(directory, ['worker'], {}, asNobody)
    await worker!.leaves()
    await directory.drained()

    const run = pinoFunnel('listen', directory.logs)

    expect(await run.exited()).toMatchObject({ code: 1 })
    expect(run.stderr).toMatch(/belongs to user 65534, .*Run it as that user: /)
  })

  test.for(['rotate', 'reopen', 'recover', 'stop'])(
    'should be given the command line of the user, which works, by %s',
    async (command, { skip }) => {
      skip(obstacle !== undefined, obstacle)
      const directory = serviceDirectory()
      // The listener stays: one that is about to leave would not answer.
      const [worker] = await startWorkers(directory, ['worker'], { linger: 600_000 }, asNobody)
      await worker!.does({ log: 10 })
      await worker!.does({ flush: true })
      await worker!.leaves()
      await directory.drained()

      const run = pinoFunnel(command, directory.logs)

      expect(await run.exited()).toMatchObject({ code: 1 })
      const [, line = ''] = /belongs to user 65534, .*Run it as that user: (.+)/.exec(run.stderr) ?? []
      expect(line).toMatch(
        new RegExp(`^(runuser -u \\w+|setpriv .*) -- .*pino-funnel\\.js ${command} ${directory.logs}$`),
      )
      execFileSync('sh', ['-c', `cd / && ${line}`])
    },
  )
})

describe('a user who may not read a log', () => {
  test.for(['tail', 'query'])('should get the reason in one line, by %s', async (command, { skip }) => {
    const obstacle = otherUserObstacle()
    skip(obstacle !== undefined, obstacle)
    const { root, logs, file } = logDirectory()
    for (const path of [root, logs]) chmodSync(path, 0o755)
    writeFileSync(file, '{"level":30}\n', { mode: 0o600 })

    const run = pinoFunnelWith(asNobody, command, file)

    expect(await run.exited()).toMatchObject({ code: 1 })
    expect(run.stderr).toMatch(/^pino-funnel: The log file .* belongs to user 0, .* sudo runuser -u root -- .*\n$/)
  })
})
