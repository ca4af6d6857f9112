import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startFixture, type StartOptions } from '../../kit/processes/fixture.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'
import type { LogDirectory } from '../../kit/index.ts'
import { bashObstacle } from '../../kit/machine/obstacles.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { written } from '../../kit/logs/progress.ts'

/** Of the application. Its listener has 0 where the system lets it. */
const NICE = 1
/** CAP_SYS_NICE, as in capabilities(7). */
const MAY_RAISE = 1n << 23n

/** A lock, limits, signals, a umask, a priority and variables that are the application's alone. */
function burdened({ root }: LogDirectory): StartOptions {
  const burden = [
    `exec 9>'${join(root, 'lock')}' 40>'${join(root, 'lock')}' 200>'${join(root, 'lock')}'`,
    `trap '' HUP USR2; umask 077; ulimit -S -f 1000000; exec nice -n ${NICE} "$0" "$@"`,
  ]
  const env = { SECRET: 'hidden', LOKI_TOKEN: 'named', TZ: 'Europe/Berlin', NODE_V8_COVERAGE: join(root, 'coverage') }
  return { nodeBinary: 'bash', nodeOptions: ['-c', burden.join('\n'), process.execPath, '--no-warnings'], env }
}

function expectClean(pid: number, { root }: LogDirectory): void {
  const proc = `/proc/${pid}`
  const environment = readFileSync(`${proc}/environ`, 'utf8').split('\0')
  expect(environment).toEqual(expect.arrayContaining(['LOKI_TOKEN=named', 'TZ=Europe/Berlin']))
  expect(environment.filter((entry) => /^(?:SECRET|NODE_V8_COVERAGE|NODE_OPTIONS|VITEST)/.test(entry))).toEqual([])
  expect(environment.some((entry) => entry.startsWith('PATH='))).toBe(true)
  expect(readlinkSync(`${proc}/cwd`)).toBe('/')
  const files = readdirSync(`${proc}/fd`).map((descriptor) => readlinkSync(`${proc}/fd/${descriptor}`))
  expect(files.filter((path) => path.startsWith(join(root, 'lock')))).toEqual([])
  const status = readFileSync(`${proc}/status`, 'utf8')
  expect(/^Umask:\s+(\d+)/m.exec(status)?.[1]).toBe('0022')
  const [, capabilities = '0'] = /^CapEff:\s+([\da-f]+)/m.exec(status) ?? []
  const isFree = (BigInt(`0x${capabilities}`) & MAY_RAISE) !== 0n
  expect(isFree ? [0] : [0, NICE]).toContain(getPriority(pid))
  const [, ignored = ''] = /^SigIgn:\s+([\da-f]+)/m.exec(status) ?? []
  // SIGHUP is 1, and SIGUSR2 is 12.
  expect(Number.parseInt(ignored, 16) & 0x801).toBe(0)
  const [, soft, hard] = /^Max file size +(\S+) +(\S+)/m.exec(readFileSync(`${proc}/limits`, 'utf8')) ?? []
  expect(soft).toBe(hard)
}

describe('a listener', () => {
  test('should have nothing of the process that has started it but what is named', async ({ skip }) => {
    skip(bashObstacle() !== undefined, bashObstacle())
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], { listenerEnv: ['LOKI_TOKEN'] }, burdened(directory))
    const { pid } = await directory.listenerPresent()

    expectClean(pid, directory)

    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })
    await worker!.leaves()
  })

  test('should have nothing of it either when a thread has started it', async ({ skip }) => {
    skip(bashObstacle() !== undefined, bashObstacle())
    const directory = logDirectory()
    const { file, ledgers } = directory
    const settings = { file, ledgers, threads: 1, count: 10, listenerEnv: ['LOKI_TOKEN'], linger: 60_000 }
    const threads = startFixture('threads/log', [JSON.stringify(settings)], burdened(directory))
    await written(directory, 10)
    const { pid } = await directory.listenerPresent()

    expectClean(pid, directory)

    await threads.succeeded()
  })

  test('should be started by a process whose current directory was deleted', async () => {
    const directory = logDirectory()
    const gone = join(directory.root, 'gone')
    mkdirSync(gone)
    const script = `cd '${gone}' && rmdir '${gone}' && exec "$0" "$@"`
    const start = { nodeBinary: '/bin/sh', nodeOptions: ['-c', script, process.execPath] }
    const [worker] = await startWorkers(directory, ['worker'], {}, start)

    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })

    expect(worker!.warnings).toEqual([])
    await worker!.leaves()
  })
})
