import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startWorkers, type CommandedWorker } from '../kit/processes/commanded-worker.ts'
import {
  freezeObstacle,
  limitObstacle,
  linuxObstacle,
  mountObstacle,
  otherUserObstacle,
} from '../kit/machine/obstacles.ts'
import { freeze, mountExt4, mountTmpfs } from '../kit/machine/mounts.ts'
import { fixturePath, startFixture, type StartOptions } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { kill } from '../kit/started-processes.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { until } from '../kit/until.ts'
import { pinoFunnel, pinoFunnelWith } from '../kit/processes/command.ts'

const NOBODY = 65_534
const asNobody: StartOptions = {
  nodeBinary: 'setpriv',
  nodeOptions: [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', process.execPath],
}

interface Diagnosis {
  readonly listener: { readonly state: string; readonly answers: boolean } | null
  readonly writers: readonly {
    readonly liveness: string
    readonly waiting: number
    readonly process: { state: string }
  }[]
  readonly findings: readonly { readonly code: string; readonly subject: string; readonly cure: string }[]
}

async function diagnose({ logs }: Pick<LogDirectory, 'logs'>): Promise<Diagnosis> {
  const command = pinoFunnel('doctor', '--json', logs)
  const { code } = await command.exited()
  const diagnosis = JSON.parse(command.stdout) as Diagnosis
  expect(code, command.stdout).toBe(diagnosis.findings.length === 0 ? 0 : 1)
  return diagnosis
}

/** Waits until the doctor finds just this. */
async function expectFindings(directory: Pick<LogDirectory, 'logs'>, codes: readonly string[]): Promise<Diagnosis> {
  let last: Diagnosis | undefined
  const found = async (): Promise<boolean> => {
    last = await diagnose(directory)
    return JSON.stringify(last.findings.map(({ code }) => code)) === JSON.stringify(codes)
  }
  await until(found, `the doctor to find ${codes.join(', ') || 'nothing'}`, {
    deadline: 60_000,
    evidence: () => `${directory.logs}\n${JSON.stringify(last, null, 2)}`,
  })
  return last!
}

/** A worker of whose records some are in the log. */
async function workerAtWork(
  directory: LogDirectory,
  options: object = {},
  start: StartOptions = {},
): Promise<CommandedWorker> {
  const [worker] = await startWorkers(directory, ['worker'], options, start)
  await worker!.does({ log: 10 })
  await worker!.does({ flush: true })
  return worker!
}

describe.skipIf(linuxObstacle() !== undefined)('pino-funnel doctor', () => {
  test('should find nothing, and say who is connected, when all is well', async () => {
    const directory = logDirectory()
    await workerAtWork(directory)

    const { listener, writers } = await expectFindings(directory, [])

    expect(listener).toMatchObject({ answers: true })
    expect(writers).toMatchObject([{ liveness: 'connected', waiting: 0 }])
    const command = pinoFunnel('doctor', directory.file)
    await command.succeeded()
    expect(command.stdout).toMatch(/^Nothing is wrong\.\n/)
  })

  test('should find a listener that is stopped, and what waits meanwhile', async () => {
    const directory = logDirectory()
    const worker = await workerAtWork(directory)
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    await worker.does({ log: 10 })

    const { findings, writers } = await expectFindings(directory, ['listener-stopped'])

    expect(findings[0]?.cure).toContain(`kill -CONT ${pid}`)
    expect(writers[0]).toMatchObject({ liveness: 'alive' })
    expect(writers[0]?.waiting).toBeGreaterThan(0)
  })

  test('should find a worker that is stopped', async () => {
    const directory = logDirectory()
    const worker = await workerAtWork(directory)
    kill(worker.fixture.pid, 'SIGSTOP')

    const { findings } = await expectFindings(directory, ['worker-stopped'])

    expect(findings[0]?.cure).toContain(`kill -CONT ${worker.fixture.pid}`)
  })

  test('should find a worker whose event loop does not turn', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    startFixture('worker/log', [JSON.stringify({ file, ledgers, worker: 'spinner', count: 10, next: 'never yield' })])
    await directory.listenerPresent()

    const { findings } = await expectFindings(directory, ['worker-busy'])

    expect(findings[0]?.subject).toContain('log.js')
  })

  test('should find a worker whose event loop does not turn any more', async () => {
    const directory = logDirectory()
    const worker = await workerAtWork(
      directory,
      {},
      { nodeOptions: ['--require', fixturePath('preload/spins-on-signal.cjs')] },
    )
    kill(worker.fixture.pid, 'SIGUSR2')

    const { findings, writers } = await expectFindings(directory, ['worker-busy'])

    expect(findings[0]?.subject).toContain(`pid ${worker.fixture.pid}`)
    expect(writers.map(({ liveness }) => liveness)).toContain('connected')
  })

  test('should find a worker that hangs at a disk', async ({ skip }) => {
    skip(freezeObstacle() !== undefined, freezeObstacle())
    const directory = logDirectory()
    mountExt4(directory.ledgers)
    const worker = await workerAtWork(directory)
    const { thaw } = freeze(directory.ledgers)
    worker.send({ log: 10 })

    const { findings } = await expectFindings(directory, ['worker-hangs'])

    expect(findings[0]?.subject).toContain(`pid ${worker.fixture.pid}`)
    thaw()
    await worker.done()
    await expectFindings(directory, [])
  })

  test('should find that no listener is alive when a killed worker and its listener have left records behind', async () => {
    const directory = logDirectory()
    const worker = await workerAtWork(directory)
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    await worker.does({ log: 10 })
    await worker.dies()
    kill(pid, 'SIGKILL')

    const { findings, writers } = await expectFindings(directory, ['listener-absent'])

    expect(findings[0]?.cure).toContain(`npx --no pino-funnel recover ${directory.logs}`)
    expect(writers).toMatchObject([{ liveness: 'dead', process: { state: 'gone' } }])
    await pinoFunnel('recover', directory.logs).succeeded()
    await expectFindings(directory, [])
  })

  test('should find a mailbox that is damaged', async () => {
    const directory = logDirectory()
    await workerAtWork(directory)
    const damaged = join(directory.channel, 'mailboxes', 'f'.repeat(32))
    mkdirSync(damaged)
    writeFileSync(join(damaged, 'header'), 'nonsense')

    const { findings } = await expectFindings(directory, ['mailbox-damaged'])

    expect(findings[0]?.subject).toBe(damaged)
  })

  test('should find that a log file can not be appended to', async () => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    mkdirSync(directory.file)
    await worker!.does({ log: 10 })

    const { findings } = await expectFindings(directory, ['log-file-trouble', 'log-file-unwritable'])

    expect(findings[0]?.subject).toBe(directory.file)
    rmSync(directory.file, { recursive: true })
    await worker!.does({ flush: true })
    await expectFindings(directory, [])
  })

  test('should find a disk that is full', async ({ skip }) => {
    skip(mountObstacle() !== undefined, mountObstacle())
    const directory = logDirectory()
    mountTmpfs(directory.logs, '2m')
    await workerAtWork(directory)

    await expectFindings(directory, ['disk-full'])
  })

  test('should find a listener that hangs at the disk of the log', async ({ skip }) => {
    skip(freezeObstacle() !== undefined, freezeObstacle())
    const directory = logDirectory('elsewhere')
    mountExt4(directory.logs)
    const worker = await workerAtWork(directory, { channelDir: directory.channel })
    const { thaw } = freeze(directory.logs)
    await worker.does({ log: 10 })

    await expectFindings({ logs: directory.channel }, ['listener-hangs'])

    thaw()
    await worker.does({ flush: true })
    await expectFindings({ logs: directory.channel }, [])
  })

  test('should find records that were dropped because no listener has collected them', async () => {
    const directory = logDirectory()
    const worker = await workerAtWork(directory, { maxMailboxBytes: 2 * 2 ** 20 })
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    await worker.does({ log: 60_000, length: 100 })

    const { findings } = await expectFindings(directory, ['listener-stopped', 'records-dropped'])

    expect(findings[1]).toMatchObject({ what: expect.stringContaining('mailbox full') as string })
  })

  test('should find a sink that takes nothing', async () => {
    const directory = logDirectory()
    const sinks = [{ target: fixturePath('sinks/takes-nothing.js'), hangTimeout: 60_000 }]
    const [worker] = await startWorkers(directory, ['worker'], { sinks })
    await worker!.does({ log: 100 })

    const { findings } = await expectFindings(directory, ['sink-trouble'])

    expect(findings[0]?.subject).toContain('takes-nothing.js')
  })

  test('should find a listener that has a limit on the size of files', async ({ skip }) => {
    skip(limitObstacle() !== undefined, limitObstacle())
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    const { pid } = await directory.listenerPresent()
    execFileSync('prlimit', ['--pid', String(pid), '--fsize=1000000'])

    const { findings } = await expectFindings(directory, ['listener-limited'])

    expect(findings[0]).toMatchObject({ subject: `pid ${pid}` })
    await worker!.leaves()
  })

  test('should find a listener of another version', async () => {
    const directory = logDirectory()
    pinoFunnelWith({ nodeOptions: ['--require', fixturePath('preload/other-version.cjs')] }, 'listen', directory.logs)
    await directory.listenerPresent()

    const { findings } = await expectFindings(directory, ['listener-version'])

    expect(findings[0]).toMatchObject({ what: expect.stringContaining('has version 0.0.1') as string })
  })

  test('should find a listener that runs and does not answer', async () => {
    const directory = logDirectory()
    pinoFunnelWith({ nodeOptions: ['--require', fixturePath('preload/spins-on-signal.cjs')] }, 'listen', directory.logs)
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGUSR2')

    const { findings } = await expectFindings(directory, ['listener-silent'])

    expect(findings[0]?.cure).toContain(`kill -KILL ${pid}`)
  })

  test('should find a log directory that may not be written', async ({ skip }) => {
    skip(otherUserObstacle() !== undefined, otherUserObstacle())
    const directory = logDirectory()
    for (const path of [directory.root, directory.logs, directory.ledgers]) chownSync(path, NOBODY, NOBODY)
    await workerAtWork(directory, {}, asNobody)
    chmodSync(directory.logs, 0o555)

    const command = startFixture('program/command-as', [
      JSON.stringify({ uid: NOBODY, args: ['doctor', directory.logs] }),
    ])

    expect(await command.exited()).toEqual({ code: 1, signal: null })
    expect(command.stdout).toMatch(`1 fault: log-directory-unwritable ${directory.logs}\n`)
    expect(command.stdout.match(/FOUND +\S+ \S+/g)).toEqual([`FOUND     log-directory-unwritable: ${directory.logs}`])
    chmodSync(directory.logs, 0o755)
  })

  test('should find a journal that was put aside', async () => {
    const directory = logDirectory()
    await workerAtWork(directory)
    writeFileSync(join(directory.channel, 'journal.damaged'), 'nonsense')

    await expectFindings(directory, ['journal-damaged'])
  })

  test('should find a channel that is open to others, and has something of theirs', async ({ skip }) => {
    skip(otherUserObstacle() !== undefined, otherUserObstacle())
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    await worker!.leaves()
    await directory.listenerGone()
    const planted = join(directory.channel, 'planted')
    writeFileSync(planted, '')
    chownSync(planted, NOBODY, NOBODY)
    chmodSync(directory.channel, 0o755)

    const { findings } = await expectFindings(directory, ['channel-unusable'])

    expect(findings[0]).toMatchObject({ what: expect.stringContaining(`chmod 700 ${directory.channel}`) as string })
    rmSync(planted)
    chmodSync(directory.channel, 0o700)
  })

  test('should find that the channel belongs to another user', async ({ skip }) => {
    skip(otherUserObstacle() !== undefined, otherUserObstacle())
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    await worker!.does({ log: 10 })
    chmodSync(directory.root, 0o755)

    const command = startFixture('program/command-as', [
      JSON.stringify({ uid: NOBODY, args: ['doctor', directory.logs] }),
    ])

    expect(await command.exited()).toEqual({ code: 1, signal: null })
    expect(command.stdout).toMatch(/FOUND +channel-unusable/)
  })

  test('should exit with 3 when no worker has logged there', async () => {
    const command = pinoFunnel('doctor', logDirectory().logs)

    expect(await command.exited()).toEqual({ code: 3, signal: null })
  })

  test('should leave everything as it is', async () => {
    const directory = logDirectory()
    const worker = await workerAtWork(directory)
    const files = (): string[] => readdirSync(directory.channel, { recursive: true }).map(String).toSorted()
    const before = files()

    await diagnose(directory)

    expect(files()).toEqual(before)
    await worker.leaves()
    await directory.drained()
    expect(await directory.check()).toMatchObject({ logged: 10, ok: true })
  })
})
