import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startFixture, type Fixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { kill } from '../kit/started-processes.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { until } from '../kit/until.ts'
import { pinoFunnel, pinoFunnelWith } from '../kit/processes/command.ts'
import { startWorkers } from '../kit/processes/commanded-worker.ts'
import { collected, loggedMore, written } from '../kit/logs/progress.ts'

describe('pino-funnel', () => {
  test.each([
    ['--help', /^Usage: pino-funnel <command>[^]*status[^]*recover[^]*stop[^]*listen[^]*Exit codes/],
    ['status --help', /^Usage: pino-funnel status[^]*--json/],
    ['recover --help', /^Usage: pino-funnel recover/],
    ['stop --help', /^Usage: pino-funnel stop[^]*--wait/],
    ['listen --help', /^Usage: pino-funnel listen/],
  ])('should explain itself when given %s', async (args, help) => {
    const command = pinoFunnel(...args.split(' '))

    await command.succeeded()
    expect(command.stdout).toMatch(help)
    expect(command.stderr).toBe('')
  })

  test.each([
    ['nothing', [], /^$/],
    ['a command that does not exist', ['less', 'x.log'], /Unknown command 'less'.*--help/],
    ['no path', ['status'], /No log file or directory was given.*--help/],
    ['no path to recover', ['recover'], /No log file or directory was given/],
    ['no path to listen', ['listen'], /No log file or directory was given/],
    ['an option that does not exist', ['status', '--yaml', 'x.log'], /--yaml.*--help/],
    [
      'a time that is none',
      ['stop', '--wait', 'soon', 'x.log'],
      /Option '--wait' must be a number of seconds.*; got 'soon'/,
    ],
  ])('should exit with 2 and say what is wrong when given %s', async (_what, args, message) => {
    const command = pinoFunnel(...args)

    expect(await command.exited()).toEqual({ code: 2, signal: null })
    expect(command.stderr).toMatch(message)
  })

  test.each(['status', 'recover', 'stop'])(
    'should exit with 3 and touch nothing when no worker has logged to the directory of %s',
    async (name) => {
      const directory = logDirectory()

      const command = pinoFunnel(name, directory.logs)

      expect(await command.exited()).toEqual({ code: 3, signal: null })
      expect(command.stderr).toMatch(/There is no channel at .*logs\/\.pino-funnel\. No worker has logged there/)
      expect(command.stdout).toBe('')
      expect(existsSync(directory.channel)).toBe(false)
    },
  )

  test.each(['status', 'recover', 'stop', 'listen'])(
    'should exit with 1 and name the directory when %s is given one that is missing',
    async (name) => {
      const missing = join(logDirectory().root, 'none', 'app.log')

      const command = pinoFunnel(name, missing)

      expect(await command.exited()).toEqual({ code: 1, signal: null })
      expect(command.stderr).toMatch(/^pino-funnel: .*directory .*none[^\n]*\n$/)
    },
  )

  test.runIf(process.getuid?.() === 0).each(['status', 'recover', 'stop', 'listen'])(
    'should exit with 1 and say why when %s is given a directory that this user may not enter',
    async (name) => {
      const directory = logDirectory()
      mkdirSync(directory.channel, { mode: 0o700 })
      chmodSync(directory.root, 0o700)

      const command = startFixture('program/command-as', [
        JSON.stringify({ uid: 65_534, args: [name, directory.file] }),
      ])

      expect(await command.exited()).toEqual({ code: 1, signal: null })
      expect(command.stderr).toMatch(/^pino-funnel: .*\n$/)
      expect(command.stderr).toContain(directory.root)
    },
  )
})

/** The names of all fields; a position is one value to a reader. */
function fieldsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap((each) => fieldsOf(each))
  return Object.entries(value).flatMap(([name, each]) => [name, ...(name === 'position' ? [] : fieldsOf(each))])
}

describe('what is printed', () => {
  test('should not control a terminal, whatever the names of files are', async () => {
    const command = pinoFunnel('status', '/tmp/\u001B]0;x\u0007\u202E/app.log')
    await command.exited()
    expect(command.stderr).toContain(String.raw`\u001b]0;x\u0007\u202e`)
  })

  test.skipIf(!existsSync('/dev/full'))(
    'should be reported as lost in one sentence when there is no room for it',
    async () => {
      const directory = logDirectory()
      startWorker(directory, 'a', 1)
      await written(directory, 1)
      const onFullDisk = { nodeBinary: 'sh', nodeOptions: ['-c', 'exec "$@" > /dev/full', 'sh', process.execPath] }
      const command = pinoFunnelWith(onFullDisk, 'query', '--json', directory.file)
      expect(await command.exited()).toEqual({ code: 1, signal: null })
      expect(command.stderr).toMatch(/^pino-funnel: Could not write the output: ENOSPC.*\n$/)
    },
  )
})

describe('pino-funnel status', () => {
  test('should show the listener, and each worker with what it logs to and how much', async () => {
    const directory = logDirectory()
    startWorker(directory, 'a', 300)
    startWorker(directory, 'b', 400)
    await collected(directory)
    const { pid, epoch } = await directory.listenerPresent()

    const report = await until(async () => {
      const status = pinoFunnel('status', '--json', directory.logs)
      await status.succeeded()
      const { mailboxes, ...rest } = JSON.parse(status.stdout) as Report
      return mailboxes.every(({ waiting }) => waiting === 0) ? { mailboxes, ...rest } : undefined
    }, 'status to show that nothing waits')

    expect(report).toMatchObject({ channel: directory.channel, logDirectory: directory.logs })
    expect(report.listener).toMatchObject({ pid, epoch, files: [{ file: 'app.log', records: 700, trouble: null }] })
    expect(new Set(report.mailboxes.map(({ records }) => records))).toEqual(new Set([300, 400]))
    for (const mailbox of report.mailboxes) {
      expect(mailbox).toMatchObject({ file: 'app.log', program: 'log.js', waiting: 0 })
      // It may have been found before it has said hello.
      expect(['connected', 'alive']).toContain(mailbox.liveness)
    }
    const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
    const undocumented = fieldsOf(report).filter((name) => !new RegExp(`\`[^\`\n]*\\b${name}\\b[^\`\n]*\``).test(page))
    expect(undocumented).toEqual([])
  })

  test('should show what waits when there is no listener', async () => {
    const directory = logDirectory()
    await leftBehind(directory)

    const status = pinoFunnel('status', '--json', directory.file)
    const text = pinoFunnel('status', directory.channel)

    await status.succeeded()
    const report = JSON.parse(status.stdout) as Report
    expect(report.listener).toBe(null)
    expect(report.mailboxes).toHaveLength(1)
    expect(report.mailboxes[0]?.waiting).toBeGreaterThan(0)
    await text.succeeded()
    expect(text.stdout).toMatch(
      /^\S+logs  no listener; see doctor\nlistener  none\n(?:hint .*\n)?\napp\.log\n.*WAITS\n.* unknown .* [kMG]?B\n$/,
    )
  })

  test('should say so when the listener does not answer', async () => {
    const directory = logDirectory()
    startWorker(directory, 'a', 1)
    const { pid } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')

    const status = pinoFunnel('status', directory.file)

    await status.succeeded()
    expect(status.stdout).toMatch(/^listener +pid \d+, .*DOES NOT ANSWER/m)
  })
})

describe('pino-funnel recover', () => {
  test('should fail, and say why and how much waits, when the log file can not be appended to', async () => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    await worker!.does({ log: 10 })
    await worker!.does({ flush: true })
    rmSync(directory.file)
    mkdirSync(directory.file)
    await worker!.does({ log: 5 })
    await worker!.warned('FUNNEL_LOG_FILE_TROUBLE')
    await worker!.dies()

    const beside = pinoFunnel('recover', directory.logs)
    expect(await beside.exited()).toEqual({ code: 1, signal: null })
    expect(beside.stderr).toMatch(
      /can't append to .*app\.log: .*(?:EISDIR|not a regular file)[^]*\b5 records \(\d+ bytes\) wait/,
    )

    await directory.endListener()
    const alone = pinoFunnel('recover', directory.logs)
    expect(await alone.exited()).toEqual({ code: 1, signal: null })
    expect(alone.stderr).toMatch(/(?:EISDIR|not a regular file)[^]*\b5 records \(\d+ bytes\) wait/)
  })

  test('should leave it to the listener when one is at work', async () => {
    const directory = logDirectory()
    startWorker(directory, 'a', 1)
    const { pid } = await directory.listenerPresent()

    const recover = pinoFunnel('recover', directory.file)

    await recover.succeeded()
    expect(recover.stdout).toMatch(/^A listener is running for /)
    expect(directory.listener()?.pid).toBe(pid)
  })
})

describe('pino-funnel stop', () => {
  test('should make the listener leave without lingering when no worker is left', async () => {
    const directory = logDirectory()
    const worker = startWorker(directory, 'a', 10, { linger: 600_000 })
    await written(directory, 10)
    worker.write('end')
    await worker.succeeded()
    await directory.listenerPresent()

    const stop = pinoFunnel('stop', directory.file)

    await stop.succeeded()
    expect(stop.stdout).toContain('The listener has exited.')
    // The kernel may still be ending its process.
    await directory.listenerGone()
    expect(directory.mailboxes()).toEqual([])
  })

  test('should exit with 1 and say who holds it up when a worker is still there', async () => {
    const directory = logDirectory()
    const worker = startWorker(directory, 'a', 10)
    await written(directory, 10)

    const stop = pinoFunnel('stop', '--wait', '0.1', directory.file)

    expect(await stop.exited()).toEqual({ code: 1, signal: null })
    expect(stop.stderr).toMatch(/listener is still running; mailboxes in use: 1/)
    worker.write('end')
    await worker.succeeded()
    await directory.listenerGone()
  })

  test('should have nothing to do when no listener is at work', async () => {
    const directory = logDirectory()
    await leftBehind(directory)

    const stop = pinoFunnel('stop', directory.file)

    await stop.succeeded()
    expect(stop.stdout).toMatch(/^No listener is running for /)
  })
})

describe('pino-funnel listen', () => {
  test('should listen before the first worker starts, stay when the last one has exited, and leave on a signal', async () => {
    const directory = logDirectory()
    const listen = pinoFunnel('listen', directory.file)
    await listen.printed('Listening for')
    expect(directory.listener()?.pid).toBe(listen.pid)

    const worker = startWorker(directory, 'a', 10)
    await written(directory, 10)
    worker.write('end')
    await worker.succeeded()
    await directory.drained()
    expect(directory.listener()?.pid).toBe(listen.pid)
    listen.kill('SIGTERM')

    await listen.succeeded()
    expect(await directory.check()).toMatchObject({ logged: 10, ok: true, examples: [] })
  })

  test('should exit with 1 when another listener is at work', async () => {
    const directory = logDirectory()
    startWorker(directory, 'a', 1)
    await directory.listenerPresent()

    const listen = pinoFunnel('listen', directory.logs)

    expect(await listen.exited()).toEqual({ code: 1, signal: null })
    expect(listen.stderr).toMatch(/Another listener is running for .*pino-funnel stop/)
  })
})

interface Report {
  readonly listener: unknown
  readonly mailboxes: readonly { readonly records: number; readonly waiting: number; readonly liveness: string }[]
}

function startWorker({ file, ledgers }: LogDirectory, worker: string, count: number, options: object = {}): Fixture {
  return startFixture('worker/log', [JSON.stringify({ file, ledgers, worker, count, next: 'stay', ...options })])
}

/** A worker killed with its listener, after the listener was stopped: all that was logged then waits. */
async function leftBehind(directory: LogDirectory): Promise<void> {
  const { file, ledgers } = directory
  const worker = startFixture('worker/keep-logging', [JSON.stringify({ file, ledgers, worker: 'dead' })])
  const { pid } = await directory.listenerPresent()
  kill(pid, 'SIGSTOP')
  await loggedMore(directory, 'dead', 100)
  worker.kill()
  await worker.exited()
  kill(pid, 'SIGKILL')
  await directory.listenerGone()
}
