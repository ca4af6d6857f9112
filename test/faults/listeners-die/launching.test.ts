import { execFileSync } from 'node:child_process'
import { chownSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fixturePath, preloading, startFixture, type StartOptions } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { kill } from '../../kit/started-processes.ts'
import { until } from '../../kit/until.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { nextListener, written } from '../../kit/logs/progress.ts'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { CommandedWorker, startWorkers } from '../../kit/processes/commanded-worker.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { limitObstacle, otherUserObstacle } from '../../kit/machine/obstacles.ts'

/** A worker that believes Node to be where nothing is. */
const withoutNode: StartOptions = {
  env: { ...preloading('other-node.cjs'), NODE_FOR_LISTENERS: '/nowhere/node' },
}

describe('a worker that can start no listener', () => {
  test.each([
    { because: 'there is no Node where it was', options: withoutNode },
    { because: 'the permission model forbids it', options: { nodeOptions: permissionModel() } },
  ])('should log on, and lose nothing, when $because', async ({ options }) => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], {}, options)
    await worker!.warned('FUNNEL_LAUNCH_FAILED')

    await worker!.does({ log: 5_000 })
    expect(directory.listener()).toBeUndefined()
    const [other] = await startWorkers(directory, ['other'])

    for (const each of [worker!, other!]) {
      await each.does({ log: 1_000 })
      await each.does({ flush: true })
      expect(each.fixture.stdout).not.toContain('FUNNEL_FLUSH_TIMEOUT')
      await each.leaves()
    }
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 7_000, dropped: {} })
    expect(worker!.warnings).toEqual(['FUNNEL_LAUNCH_FAILED'])
  })

  test('should start one by itself when it may have processes again (EAGAIN)', async ({ skip }) => {
    const obstacle = limitObstacle() ?? otherUserObstacle()
    skip(obstacle !== undefined, obstacle)
    const directory = logDirectory()
    for (const path of [directory.root, directory.logs, directory.ledgers]) chownSync(path, LONELY_USER, LONELY_USER)
    const [worker] = await startWorkers(directory, ['worker'], {}, asLonelyUser)
    const { pid, epoch } = await directory.listenerPresent()
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })

    const former = processesAllowed(worker!.fixture.pid)
    limitProcesses(worker!.fixture.pid, '1')
    kill(pid, 'SIGKILL')
    await worker!.warned('FUNNEL_LAUNCH_FAILED')
    expect(worker!.fixture.stdout).toContain('EAGAIN')
    await worker!.does({ log: 5_000 })
    limitProcesses(worker!.fixture.pid, former)

    await nextListener(directory, epoch)
    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 5_010, dropped: {} })
  })
})

describe('a worker whose listeners end at their start', () => {
  test.each([
    {
      because: 'their program is not there',
      args: ['/nowhere/main.js'],
      cause: "Error: Cannot find module '/nowhere/main.js'",
      finding: "Error: Cannot find module '/nowhere/main.js'",
      cure: 'install pino-funnel there again',
    },
    {
      because: 'they fail once they are elected',
      args: ['--require', fixturePath('preload/ends-once-elected.cjs')],
      cause: 'Error: out of luck',
      finding: 'Error: out of luck',
      cure: 'Remove the cause that it names',
    },
    {
      because: 'they are killed once they are elected, as for want of memory',
      args: ['--require', fixturePath('preload/killed-once-elected.cjs')],
      cause: 'it ends without a message',
      finding: 'No listener is running',
      cure: 'for want of memory (dmesg)',
    },
  ])(
    'should report the cause once, with a cure, and recover by itself, when $because',
    async ({ args, cause, finding, cure }) => {
      const directory = logDirectory()
      const healed = join(directory.root, 'healed')
      const node = join(directory.root, 'node')
      const failing = `exec '${process.execPath}' ${args.map((arg) => `'${arg}'`).join(' ')} "$@"`
      writeFileSync(node, `#!/bin/sh\n[ -e '${healed}' ] && exec '${process.execPath}' "$@"\n${failing}\n`, {
        mode: 0o755,
      })
      const options = { env: { ...preloading('other-node.cjs'), NODE_FOR_LISTENERS: node } }
      const [worker, other] = await startWorkers(directory, ['worker', 'other'], {}, options)

      for (const each of [worker!, other!]) {
        await each.warned('FUNNEL_LAUNCH_FAILED')
        await each.does({ logInTurns: 100 })
        expect(each.fixture.stdout).toContain(cause)
        expect(each.fixture.stdout).toContain(cure)
      }
      await doctorSays(directory, finding, cure)
      writeFileSync(healed, '')

      for (const each of [worker!, other!]) {
        await each.does({ flush: true })
        await each.leaves()
        expect(each.warnings).toEqual(['FUNNEL_LAUNCH_FAILED'])
      }
      await directory.drained()
      expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 200, dropped: {} })
    },
  )
})

describe('a launch ticket', () => {
  test('should delay no worker when the worker that has taken it was killed before it could start a listener', async () => {
    const directory = logDirectory()
    const [first] = await startWorkers(directory, ['first'], { linger: 0 })
    await first!.does({ log: 10 })
    const { epoch } = await directory.listenerPresent()
    await first!.leaves()
    await directory.listenerGone()
    const taker = first!.fixture.pid
    const ticket = join(directory.channel, `launch.${epoch + 1}.0`)
    writeFileSync(ticket, `${taker}\n`, { mode: 0o600 })
    keepNew(ticket)

    const [second] = await startWorkers(directory, ['second'], { flushTimeout: 60_000 })
    await second!.does({ log: 10 })
    await second!.does({ flush: true })

    expect(second!.fixture.stdout).not.toContain('FUNNEL_FLUSH_TIMEOUT')
    await second!.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 20 })
  })
})

/** Waits until `doctor` prints all of that: at the moment when it asks, a listener may be just about to end. */
async function doctorSays({ file }: LogDirectory, ...parts: readonly string[]): Promise<void> {
  let printed = ''
  const says = async (): Promise<boolean> => {
    const doctor = pinoFunnel('doctor', file)
    await doctor.exited()
    printed = doctor.stdout.replaceAll(/\s+/g, ' ')
    return parts.every((part) => printed.includes(part))
  }
  await until(says, `doctor to say ${parts.join(' … ')}`, { evidence: () => printed })
}

/** Keeps a ticket from being too old to count, until the end of the test: not its age is to be what overrules it. */
function keepNew(ticket: string): void {
  const touch = (): void => {
    try {
      utimesSync(ticket, new Date(), new Date())
    } catch {
      // Another ticket has followed it.
    }
  }
  const touching = setInterval(touch, 500)
  onTestFinished(() => clearInterval(touching))
}

describe('a warning', () => {
  test('should come at each destination of a thread, and be one process warning', async () => {
    const directory = logDirectory()
    const settings = { file: directory.file, otherFile: directory.path('other.log') }

    const worker = startFixture('worker/three-destinations', [JSON.stringify(settings)], withoutNode)

    for (const name of ['first', 'second', 'other']) await worker.printed(`${name} FUNNEL_LAUNCH_FAILED`)
    worker.write('end')
    await worker.succeeded()
    expect(worker.stderr.match(/PinoFunnelWarning:/g)).toHaveLength(1)
    await new CommandedWorker(directory, 'listening').ready()
    await written(directory, 2)
  })
})

/** A user without other processes that could count for its limit. */
const LONELY_USER = 61_234

const AS_LONELY_USER = [`--reuid=${LONELY_USER}`, `--regid=${LONELY_USER}`, '--clear-groups']
const asLonelyUser: StartOptions = { nodeBinary: 'setpriv', nodeOptions: [...AS_LONELY_USER, process.execPath] }

function processesAllowed(pid: number): string {
  const args = ['--pid', String(pid), '--nproc', '--raw', '--noheadings', '--output=SOFT']
  return execFileSync('setpriv', [...AS_LONELY_USER, 'prlimit', ...args], { encoding: 'utf8' }).trim()
}

function limitProcesses(pid: number, limit: string): void {
  execFileSync('setpriv', [...AS_LONELY_USER, 'prlimit', '--pid', String(pid), `--nproc=${limit}:`])
}

function permissionModel(): string[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isStable = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13)
  return [isStable ? '--permission' : '--experimental-permission', '--allow-fs-read=*', '--allow-fs-write=*']
}
