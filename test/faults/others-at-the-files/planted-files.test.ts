import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { plainParts } from '../../kit/logs/parts.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { otherUserObstacle } from '../../kit/machine/obstacles.ts'
import { CommandedWorker } from '../../kit/processes/commanded-worker.ts'
import type { StartOptions } from '../../kit/processes/fixture.ts'
import { until } from '../../kit/until.ts'

const USER = 65_534
const ATTACKER = 65_533

describe('a file of another user in a directory that both may write', () => {
  test.for([0o1777, 0o777])(
    'should be refused, by its owner, when it has the name of the log before the start, mode %o',
    async (mode, { skip }) => {
      skip(otherUserObstacle() !== undefined, otherUserObstacle())
      const directory = sharedDirectory(mode)
      writeFileSync(directory.file, '')
      chmodSync(directory.file, 0o666)
      chownSync(directory.file, ATTACKER, ATTACKER)

      const worker = new CommandedWorker(directory, 'worker', {}, as(USER))

      expect(await worker.fixture.exited()).toMatchObject({ code: 1 })
      expect(worker.fixture.stderr).toContain('FUNNEL_LOG_FILE_UNUSABLE')
      expect(worker.fixture.stderr).toContain(`belongs to user ${ATTACKER}`)
      expect(readFileSync(directory.file, 'utf8')).toBe('')
    },
  )

  test.for([0o1777, 0o777])(
    'should get no record, and cost none, when it takes the name of the log after a rotation, mode %o',
    async (mode, { skip }) => {
      skip(otherUserObstacle() !== undefined, otherUserObstacle())
      const directory = sharedDirectory(mode)
      const worker = await new CommandedWorker(directory, 'worker', { size: '20k' }, as(USER)).ready()
      await worker.does({ log: 1 })
      await worker.does({ flush: true })

      const attacker = plantAgainAndAgain(directory)
      worker.send({ logUntilNext: 20 })
      const isPlanted = (): boolean => ownerOf(directory.file) === ATTACKER
      await until(isPlanted, 'the other user to win the name', { evidence: () => directory.root })
      await worker.fixture.printed(`belongs to user ${ATTACKER}`)
      await ended(attacker)
      rmSync(directory.file)

      await worker.does({ flush: true })
      await worker.leaves()
      await directory.drained()
      const planted = readdirSync(directory.logs).filter((name) => ownerOf(directory.path(name)) === ATTACKER)
      expect(planted).toEqual([])
      const account = await accountOf(directory, plainParts(directory))
      expect(account).toMatchObject({ ...faultless, reported: account.dropped })
    },
  )
})

function sharedDirectory(mode: number): LogDirectory {
  const directory = logDirectory()
  for (const path of [directory.root, directory.ledgers]) chownSync(path, USER, USER)
  chmodSync(directory.root, 0o755)
  chmodSync(directory.logs, mode)
  return directory
}

function as(user: number): StartOptions {
  return {
    nodeBinary: 'setpriv',
    nodeOptions: [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', process.execPath],
  }
}

/** Makes the log file whenever its name is free, as the other user. */
function plantAgainAndAgain(directory: LogDirectory): ChildProcess {
  const script = `
    const { closeSync, openSync } = require('node:fs')
    process.umask(0)
    for (;;) try { closeSync(openSync(${JSON.stringify(directory.file)}, 'wx', 0o666)) } catch {}`
  const { nodeBinary, nodeOptions } = as(ATTACKER)
  const attacker = spawn(nodeBinary!, [...nodeOptions!, '-e', script], { stdio: 'ignore' })
  onTestFinished(() => void attacker.kill('SIGKILL'))
  return attacker
}

/** Until it is gone it may make the file once more. */
function ended(attacker: ChildProcess): Promise<unknown> {
  const exit = new Promise((resolve) => attacker.once('exit', resolve))
  attacker.kill('SIGKILL')
  return exit
}

function ownerOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.uid
}
