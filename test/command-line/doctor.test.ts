import { appendFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startWorkers } from '../kit/processes/commanded-worker.ts'
import { freezeObstacle, linuxObstacle } from '../kit/machine/obstacles.ts'
import { freeze, mountExt4 } from '../kit/machine/mounts.ts'
import { fixturePath, startFixture } from '../kit/processes/fixture.ts'
import { kill } from '../kit/started-processes.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { pinoFunnel, pinoFunnelWith } from '../kit/processes/command.ts'
import { damagedMailbox, diagnose, expectFindings, workerAtWork } from './diagnose.ts'

describe.skipIf(linuxObstacle() !== undefined)('pino-funnel doctor', () => {
  test('should find nothing, and say who is connected, when all is well', async () => {
    const directory = logDirectory()
    await workerAtWork(directory)

    const { listener, workers } = await expectFindings(directory, [])

    expect(listener).toMatchObject({ answers: true })
    expect(workers).toMatchObject([{ liveness: 'connected', waiting: 0 }])
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

    const { findings, workers } = await expectFindings(directory, ['listener-stopped'])

    expect(findings[0]?.cure).toContain(`kill -CONT ${pid}`)
    expect(workers[0]).toMatchObject({ liveness: 'alive' })
    expect(workers[0]?.waiting).toBeGreaterThan(0)
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

    const { findings, workers } = await expectFindings(directory, ['worker-busy'])

    expect(findings[0]?.subject).toContain(`pid ${worker.fixture.pid}`)
    expect(workers.map(({ liveness }) => liveness)).toContain('connected')
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
    const former = "Error: Cannot find module '/srv/app/main.js'\n2020-01-01T00:00:00.000Z [7] repaired long ago\n"
    appendFileSync(join(directory.channel, 'listener.log'), former)
    kill(pid, 'SIGKILL')

    const { findings, workers } = await expectFindings(directory, ['listener-absent'])

    expect(findings[0]?.what, 'no error of a former listener').not.toContain('Cannot find module')
    expect(findings[0]?.cure).toContain('for want of memory (dmesg)')
    expect(findings[0]?.cure).toContain(`npx --no pino-funnel recover ${directory.logs}`)
    expect(workers).toMatchObject([{ liveness: 'dead', process: { state: 'gone' } }])
    await pinoFunnel('recover', directory.logs).succeeded()
    await expectFindings(directory, [])
  })

  test('should find a mailbox that is damaged', async () => {
    const directory = logDirectory()
    await workerAtWork(directory)
    const damaged = damagedMailbox(directory)

    const { findings } = await expectFindings(directory, ['mailbox-damaged'])

    expect(findings[0]?.subject).toBe(damaged)
  })

  test('should find a sink that takes nothing', async () => {
    const directory = logDirectory()
    const sinks = [{ target: fixturePath('sinks/takes-nothing.js'), hangTimeout: 60_000 }]
    const [worker] = await startWorkers(directory, ['worker'], { sinks })
    await worker!.does({ log: 100 })

    const { findings } = await expectFindings(directory, ['sink-trouble'])

    expect(findings[0]?.subject).toContain('takes-nothing.js')
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
