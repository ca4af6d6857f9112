import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import pino from 'pino'
import { destination, type Destination, type DestinationOptions } from 'pino-funnel'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Random } from '../../fixtures/shared/random.js'
import { noticesOf } from '../../kit/logs/account.ts'
import { startFixture, type Fixture } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { checkLog, readLedgers } from '../../kit/records/index.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { logged, nextListener } from '../../kit/logs/progress.ts'
import { mappedInSample, plainInSample } from '../../kit/machine/mmaps.ts'

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']
const TENANTS = ['acme', 'globex', 'initech', 'umbrella']

describe.each([
  { by: 'level', values: LEVELS, name: '{level}.log', mmaps: mappedInSample },
  { by: 'tenant', values: TENANTS, name: '{field:tenant}.log', mmaps: plainInSample },
])('one log for each $by', ({ by, values, name, mmaps }) => {
  test.each(mmaps)(
    'should hold exactly its records, in order, when %s workers and listeners get SIGKILL in mid-run',
    async (mmap) => {
      const random = new Random()
      const directory = logDirectory()
      const settings = { file: directory.path(name), mmap, by, values }
      const workers = ['a', 'b', 'c', 'd'].map((worker) => start(directory, { ...settings, worker }))
      const mostPatient = values.at(-1) ?? ''

      for (const [round, worker] of workers.entries()) {
        await logged(directory, `${'abcd'.charAt(round)}-${mostPatient}`, random.integer(100, 2000))
        const { pid, epoch } = await directory.listenerPresent()
        kill(pid, 'SIGKILL')
        worker.kill()
        await worker.exited()
        if (round < workers.length - 1) await nextListener(directory, epoch)
      }
      await pinoFunnel('recover', directory.logs).succeeded()

      await directory.drained()
      for (const value of values) await expectExactly(directory, value, `seed ${random.seed}`)
      // Notices about the workers themselves are in the log once, and not in each of the files.
      expect(logNames(directory)).toEqual([...values, 'other'].map((value) => `${value}.log`).toSorted())
      const ends = noticesOf('left', [directory.path('other.log')])
      expect(new Set(ends.map(({ worker }) => worker))).toEqual(new Set(workers.map(({ pid }) => pid)))
      expect(ends).toHaveLength(workers.length)
      expect(
        noticesOf(
          'left',
          values.map((value) => directory.path(`${value}.log`)),
        ),
      ).toEqual([])
    },
  )
})

test('should hold exactly its records, in order, when pino passes them on through a thread', async () => {
  const directory = logDirectory()
  const settings = { file: directory.path('{level}.log'), by: 'level', values: LEVELS, asTransport: true }
  const workers = ['a', 'b'].map((worker) => start(directory, { ...settings, worker }))

  for (const worker of ['a', 'b']) await logged(directory, `${worker}-fatal`, 3000)
  for (const worker of workers) worker.write('end')
  for (const worker of workers) await worker.succeeded()

  await directory.drained()
  for (const level of LEVELS) await expectExactly(directory, level)
  for (const worker of workers) expect(worker.stdout + worker.stderr).toBe('')
})

describe('a destination with one log for each value', () => {
  test('should have all of them in their files when a flush calls back', async () => {
    const directory = logDirectory()
    const opened = open(directory, '{field:tenant}.log')
    const logger = pino({ base: null, timestamp: false }, opened)

    for (const tenant of [...TENANTS, 'a/b', 7]) logger.info({ tenant })
    logger.info('of no tenant')
    opened.write('no JSON\n')
    opened.write('')
    await flushed(opened)

    expect(opened.file).toBe(directory.path('{field:tenant}.log'))
    for (const tenant of TENANTS)
      expect(linesOf(directory, `${tenant}.log`)).toEqual([`{"level":30,"tenant":"${tenant}"}`])
    expect(linesOf(directory, '7.log')).toEqual(['{"level":30,"tenant":7}'])
    expect(linesOf(directory, 'other.log')).toEqual(['{"level":30,"msg":"of no tenant"}', 'no JSON'])
    const escaped = logNames(directory).find((name) => name.startsWith('a_b-')) ?? 'none'
    expect(linesOf(directory, escaped)).toEqual(['{"level":30,"tenant":"a/b"}'])
  })

  test('should have 32 files beside that of the others, and report it once, when there are more values', async () => {
    const directory = logDirectory()
    const opened = open(directory, '{field:n}.log')
    const warnings = codesOf(opened)

    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 40; n += 1) opened.write(`{"round":${round},"n":${n}}\n`)
    }
    await flushed(opened)

    const numbers = Array.from({ length: 40 }, (_, n) => n)
    for (const n of numbers.slice(0, 32)) {
      expect(linesOf(directory, `${n}.log`)).toEqual([`{"round":0,"n":${n}}`, `{"round":1,"n":${n}}`])
    }
    expect(linesOf(directory, 'other.log')).toEqual(
      [0, 1].flatMap((round) => numbers.slice(32).map((n) => `{"round":${round},"n":${n}}`)),
    )
    expect(logNames(directory)).toHaveLength(33)
    expect(warnings).toEqual(['FUNNEL_TOO_MANY_LOG_FILES'])
  })

  test('should end, and leave no mailbox, when there was no record of most values, or of any', async () => {
    const directory = logDirectory()
    const [one, none] = [open(directory, '{level}.log'), open(directory, '{field:tenant}.log')]
    pino(one).warn('only this')

    for (const opened of [one, none]) {
      opened.end()
      await new Promise((resolve) => opened.once('close', resolve))
    }

    await directory.drained()
    expect(logNames(directory)).toEqual(['warn.log'])
  })

  test('should write to the other file, report it once, and come back, when a file cannot be opened', async () => {
    const directory = logDirectory()
    const opened = open(directory, '{level}.log')
    const warnings = codesOf(opened)
    mkdirSync(directory.path('error.log'))
    const logger = pino(opened)
    let n = 0

    for (; n < 20; n += 1) logger.error({ n })
    await flushed(opened)
    expect(numbersIn(directory, 'other.log')).toHaveLength(20)
    rmdirSync(directory.path('error.log'))
    await until(() => {
      logger.error({ n })
      n += 1
      return directory.mailboxes().length === 2
    }, 'the log file of errors to be tried again')
    for (const last = n + 5; n < last; n += 1) logger.error({ n })
    await flushed(opened)

    const found = ['other.log', 'error.log'].flatMap((name) => numbersIn(directory, name))
    expect(found).toEqual(Array.from({ length: n }, (_, index) => index))
    expect(warnings).toEqual(['FUNNEL_LOG_FILE_NOT_OPENED'])
  })

  test('should give a value its file when 40 others cannot be opened, and these as soon as they can', async () => {
    const directory = logDirectory()
    const opened = open(directory, '{field:n}.log')
    const warnings = codesOf(opened)
    const reported: string[] = []
    opened.on('warning', ({ message }: { message: string }) => reported.push(message))
    const numbers = Array.from({ length: 40 }, (_, n) => n)
    for (const n of numbers) mkdirSync(directory.path(`${n}.log`))

    for (const n of numbers) opened.write(`{"n":${n}}\n`)
    await until(() => {
      opened.write('{"n":40}\n')
      return directory.mailboxes().length === 2
    }, 'the value 40 to have its file')
    for (const n of numbers) opened.write(`{"n":${n}}\n`)
    rmdirSync(directory.path('39.log'))
    await until(() => {
      opened.write('{"n":39}\n')
      return directory.mailboxes().length === 3
    }, 'the value 39 to have its file')
    await flushed(opened)

    expect(numbersIn(directory, 'other.log').slice(0, 40)).toEqual(numbers)
    expect(numbersIn(directory, '40.log')).toContain(40)
    expect(numbersIn(directory, '39.log')).toContain(39)
    expect(warnings).not.toContain('FUNNEL_TOO_MANY_LOG_FILES')
    expect(reported).toEqual([...new Set(reported)])
  })

  test('should share a log file with a destination that names it, in the order of the calls', async () => {
    const directory = logDirectory()
    const [divided, plain] = [open(directory, '{level}.log'), open(directory, 'warn.log')]

    for (let n = 0; n < 100; n += 1) {
      const [first, second] = n % 2 === 0 ? [divided, plain] : [plain, divided]
      first.write(`{"level":40,"n":${2 * n}}\n`)
      second.write(`{"level":40,"n":${2 * n + 1}}\n`)
    }
    divided.destroy()
    plain.write('{"level":40,"n":200}\n')
    await flushed(plain)

    expect(numbersIn(directory, 'warn.log')).toEqual(Array.from({ length: 201 }, (_, n) => n))
  })

  test('should be refused like any other when its directory cannot be used', () => {
    const directory = logDirectory()
    writeFileSync(directory.path('taken'), '')

    expect(() => destination({ file: directory.path('taken/{level}.log') })).toThrow(
      expect.objectContaining({ code: 'FUNNEL_LOG_DIRECTORY_UNUSABLE' }),
    )
  })
})

function start(directory: LogDirectory, settings: { worker: string } & object): Fixture {
  return startFixture('worker/log-divided', [JSON.stringify({ ledgers: directory.ledgers, ...settings })])
}

/** Holds the log file of a value against the ledgers of that value: a record of another one would be a stranger. */
async function expectExactly(directory: LogDirectory, value: string, evidence = ''): Promise<void> {
  const ledgers = [...readLedgers(directory.ledgers)].filter(([name]) => name.endsWith(`-${value}`))
  const check = await checkLog([directory.path(`${value}.log`)], new Map(ledgers))
  expect(check, `${value}, ${evidence}`).toMatchObject({ ok: true, examples: [] })
  expect(check.found, value).toBeGreaterThan(0)
}

/** For busy machines: no record says that they hold this process up, and a listener may take long to start. */
const PATIENT = { lifecycle: false, flushTimeout: 100_000 }

/** Opened until the end of the test; this is before the log directory goes. */
function open(directory: LogDirectory, name: string, options: Partial<DestinationOptions> = {}): Destination {
  const opened = destination({ file: directory.path(name), ...PATIENT, ...options })
  onTestFinished(() => opened.destroy())
  return opened
}

function codesOf(opened: Destination): string[] {
  const codes: string[] = []
  opened.on('warning', ({ code }: { code: string }) => codes.push(code))
  return codes
}

function flushed(opened: Destination): Promise<void> {
  return new Promise((resolve, reject) => opened.flush((error) => (error ? reject(error) : resolve())))
}

function logNames({ logs }: LogDirectory): string[] {
  return readdirSync(logs)
    .filter((name) => name.endsWith('.log'))
    .toSorted()
}

function linesOf(directory: LogDirectory, name: string): string[] {
  return readFileSync(directory.path(name), 'utf8').slice(0, -1).split('\n')
}

function numbersIn(directory: LogDirectory, name: string): number[] {
  return linesOf(directory, name).map((line) => (JSON.parse(line) as { n: number }).n)
}

test.skipIf(process.platform !== 'linux')(
  'should hold the thread up once for all files together, by flushSync() while the listener is stopped',
  async () => {
    const directory = logDirectory()
    const stream = destination({ file: directory.path('{level}.log'), ...PATIENT })
    onTestFinished(() => stream.destroy())
    const log = pino({ level: 'trace' }, stream)
    for (const level of LEVELS) log[level as pino.Level]('first')
    await new Promise((resolve) => stream.flush(resolve))
    const { pid } = directory.listener()!
    kill(pid, 'SIGSTOP')
    await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') T '), 'the listener to be stopped')
    for (const level of LEVELS.slice(0, -1)) log[level as pino.Level]('second')
    const wait = vi.spyOn(Atomics, 'wait')
    onTestFinished(() => wait.mockRestore())

    stream.flushSync()

    const waited = wait.mock.calls.reduce((sum, [, , , timeout]) => sum + Number(timeout), 0)
    expect(waited).toBe(1000)
    kill(pid, 'SIGCONT')
  },
)
