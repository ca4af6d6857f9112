import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Random } from '../../fixtures/shared/random.js'
import { fixturePath, startFixture, type Fixture, type StartOptions } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { plainParts, rotatedParts, type RotatedPart } from '../../kit/logs/parts.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { sampled } from '../../kit/sample.ts'
import { Launches } from '../../kit/processes/launches.ts'
import { logged, nextListener } from '../../kit/logs/progress.ts'

const SMALLEST = 300
/** Between records of a worker. A listener makes a few hundred such files a second: more would only wait, on a busy machine for minutes. */
const BETWEEN_MS = 5
/** Of listeners; one of the workers is killed with the third. */
const SMALL_FILE_KILLS = sampled(4, 6)
/** As in the scenario of the listener process with a rotating file, with what the check needs at the end. */
const TEMPLATE = '{time:yyyy-MM-dd HH:mm:ss,SSS} {worker} app.db {level:python} {*}'
const LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([abc]) app\.db WARNING (\{.*\})$/
/** The campaign of the nightly run kills more often. */
const KILLS = sampled(6, 200)
const ROTATIONS = sampled(300, 1000)
/** Workers at full speed are far ahead of listeners that are killed all the time. */
const DRAINED_MS = Math.max(180_000, KILLS * 3000)
const patience = { timeout: Math.max(2 * DRAINED_MS, KILLS * 6000) }

function start(script: string, directory: LogDirectory, settings: object, options: StartOptions = {}): Fixture {
  const { file, ledgers } = directory
  return startFixture(script, [JSON.stringify({ file, ledgers, ...settings })], options)
}

/** Waits until the log was rotated so many times more. */
async function rotatedMore(directory: LogDirectory, more: number): Promise<void> {
  const last = (): number => rotatedParts(directory).at(-1)?.number ?? 0
  const goal = last() + more
  await until(() => last() >= goal, `${goal} rotations`, { evidence: () => directory.root })
}

/** Waits until nothing is rotated any more, not even for what the listener has to say. */
async function settled(directory: LogDirectory): Promise<void> {
  // Thousands of files of 300 bytes may be yet to be made, and each one's name is synced.
  await directory.drained(DRAINED_MS)
  await directory.listenerGone()
}

/** The record that a line of text was made of; nothing of it when it was none of a worker. */
function recordIn(line: string): NumberedRecord {
  const [, worker, rest] = LINE.exec(line) ?? []
  return rest === undefined ? {} : { worker, ...(JSON.parse(rest) as object) }
}

/** The records of a log of text, as one that can be checked. */
function asJson(directory: LogDirectory, lines: readonly string[]): string {
  const path = join(directory.root, 'as.json')
  writeFileSync(path, lines.map((line) => `${JSON.stringify(recordIn(line))}\n`).join(''))
  return path
}

/** No file has more than it may, unless it is of one record. */
function expectSizes(files: readonly string[], most: number): void {
  for (const file of files) {
    const lines = readFileSync(file, 'utf8').split('\n').length - 1
    const allowed = lines > 1 ? most : Infinity
    expect(statSync(file).size, file).toBeLessThanOrEqual(allowed)
  }
}

describe('rotation by size', () => {
  test('should lose, double and split no record of text when workers and listeners are killed', patience, async () => {
    const random = new Random()
    const directory = logDirectory()

    const lines = await linesOfSmallFiles(directory, random, {})

    const check = await directory.check([asJson(directory, lines)])
    expect(check, `seed ${random.seed}`).toMatchObject({ ok: true, examples: [] })
  })

  // Much the same as the test before. `npm run test:rotation` has it.
  test.runIf(sampled(false, true))(
    'should keep the newest 10 text files of 300 bytes when workers and listeners are killed',
    async () => {
      const directory = logDirectory()

      const lines = await linesOfSmallFiles(directory, new Random(), { limit: { count: 10 } })

      expect(rotatedParts(directory)).toHaveLength(10)
      expectUnbroken(lines.map(recordIn))
    },
  )

  test(
    'should lose, double and split no record when listeners are killed again and again at full speed',
    patience,
    async () => {
      const random = new Random()
      const directory = logDirectory()
      const workers = ['a', 'b'].map((worker) => start('worker/keep-logging', directory, { worker, size: '64k' }))

      await killListeners(directory, random)

      await endAll(directory, workers)
      const files = plainParts(directory)
      expect(await directory.check(files), `seed ${random.seed}`).toMatchObject({ ok: true, examples: [] })
      expectSizes(files, 64 * 1024)
    },
  )

  test(
    'should keep exactly the newest files, compressed, when listeners are killed again and again',
    patience,
    async () => {
      const random = new Random()
      const directory = logDirectory()
      const options = { size: '64k', compress: 'gzip', limit: { count: 5 } }
      const workers = ['a', 'b'].map((worker) => start('worker/keep-logging', directory, { worker, ...options }))

      await killListeners(directory, random)

      await endAll(directory, workers)
      expectNewestParts(rotatedParts(directory))
      await expectNewestRecords(directory)
    },
  )

  test(`should keep exactly the newest files, compressed, when 8 workers log through ${ROTATIONS} rotations`, async () => {
    const directory = logDirectory()
    const workers = Array.from({ length: 8 }, (_, index) =>
      start('worker/log', directory, {
        worker: `w${index}`,
        count: ROTATIONS * 25,
        size: '20k',
        limit: { count: 5 },
        compress: true,
        linger: 0,
      }),
    )

    for (const worker of workers) await worker.succeeded()
    await settled(directory)

    const parts = rotatedParts(directory)
    expect(parts.at(-1)?.number).toBeGreaterThanOrEqual(ROTATIONS)
    expectNewestParts(parts)
    await expectNewestRecords(directory)
  })
})

/** Lets workers log text into small files, and kills one of them, and one listener after the other. */
async function linesOfSmallFiles(directory: LogDirectory, random: Random, options: object): Promise<string[]> {
  const settings = { size: `${SMALLEST}b`, format: TEMPLATE, level: 'warn', ...options }
  const workers = ['a', 'b', 'c'].map((worker) =>
    start('worker/keep-logging', directory, { worker, pause: BETWEEN_MS, ...settings }),
  )
  for (let round = 1; round <= SMALL_FILE_KILLS; round += 1) {
    const { pid, epoch } = await directory.listenerPresent()
    await rotatedMore(directory, random.integer(1, 60))
    if (round === 3) workers[1]?.kill()
    kill(pid, 'SIGKILL')
    await nextListener(directory, epoch)
  }
  for (const worker of workers) worker.write('end')
  for (const worker of workers) await worker.exited()
  await settled(directory)
  const files = plainParts(directory)
  expectSizes(files, SMALLEST)
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n'))
  for (const line of lines.filter((text) => !text.includes('funnel'))) expect(line).toMatch(LINE)
  return lines
}

async function killListeners(directory: LogDirectory, random: Random): Promise<void> {
  for (let round = 1; round <= KILLS; round += 1) {
    const { pid, epoch } = await directory.listenerPresent()
    await rotatedMore(directory, random.integer(0, 8))
    kill(pid, 'SIGKILL')
    await nextListener(directory, epoch)
  }
}

async function endAll(directory: LogDirectory, workers: readonly Fixture[]): Promise<void> {
  for (const worker of workers) worker.write('end')
  for (const worker of workers) await worker.succeeded()
  await directory.drained(DRAINED_MS)
  await settled(directory)
}

function expectNewestParts(parts: readonly RotatedPart[]): void {
  const last = parts.at(-1)?.number ?? 0
  const numbers = [4, 3, 2, 1, 0].map((back) => last - back)
  expect(parts).toEqual(numbers.map((number) => ({ name: `app.${number}.log.gz`, number, isCompressed: true })))
}

/** What is left of the records is in its place, once, and what is missing is what was deleted. */
async function expectNewestRecords(directory: LogDirectory): Promise<void> {
  const files = plainParts(directory)
  const check = await directory.check(files)
  expect(check).toMatchObject({ twice: 0, torn: 0, outOfOrder: 0, strangers: 0 })
  expect(check.found + check.missing).toBe(check.logged)
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n'))
  expectUnbroken(lines.map((line) => JSON.parse(line) as NumberedRecord))
}

interface NumberedRecord {
  readonly worker?: string | undefined
  readonly n?: number
}

/** What there is of each worker's records is one unbroken piece. */
function expectUnbroken(records: readonly NumberedRecord[]): void {
  const numbers = new Map<string, number[]>()
  for (const { worker, n } of records) {
    if (worker !== undefined && n !== undefined) numbers.set(worker, [...(numbers.get(worker) ?? []), n])
  }
  for (const [worker, found] of numbers) {
    const first = found[0] ?? 0
    expect(found, worker).toEqual(found.map((_, index) => first + index))
  }
}

describe('rotation by time', () => {
  test('should happen when nothing is logged any more', async () => {
    const directory = logDirectory()
    const worker = start('worker/log', directory, { worker: 'a', count: 5, next: 'stay', frequency: 200 })

    await rotatedMore(directory, 1)

    worker.write('end')
    await worker.succeeded()
    await settled(directory)
    expect(await directory.check(plainParts(directory))).toMatchObject({ logged: 5, ok: true, examples: [] })
  })
})

const DAY_MS = 86_400_000

describe('a clock that is set forward and back by a day', () => {
  test('should overwrite no file, and leave their order clear', async () => {
    const directory = logDirectory()
    const clock = join(directory.root, 'clock')
    writeFileSync(clock, '0')
    const clockShift = fixturePath('preload/shifted-clock.cjs')
    const { options } = new Launches(
      directory,
      `CLOCK_OFFSET_FILE='${clock}' exec '${process.execPath}' --require '${clockShift}' "$@"`,
    )
    const settings = { worker: 'a', pause: 1, size: '2k', frequency: 'daily', dateFormat: 'yyyy-MM-dd' }
    const worker = start('worker/keep-logging', directory, settings, options)

    for (const offset of [DAY_MS, 0, -DAY_MS, 0]) {
      await rotatedMore(directory, 3)
      writeFileSync(clock, String(offset))
    }
    // The first may have been under way, and the next begun, by the clock as it was before.
    await rotatedMore(directory, 3)

    worker.write('end')
    await worker.succeeded()
    await settled(directory)
    const parts = rotatedParts(directory)
    expect(parts.map(({ number }) => number)).toEqual(parts.map((_, index) => index + 1))
    expect(new Set(parts.map(({ name }) => name.split('.')[1])).size, 'days in the names').toBeGreaterThanOrEqual(3)
    expect(await directory.check(plainParts(directory))).toMatchObject({ ok: true, examples: [] })
  })
})

describe('rotation at the start', () => {
  test('should give the first worker an empty file, and leave it alone when the listener is killed', async () => {
    const directory = logDirectory()
    await start('worker/log', directory, { worker: 'earlier', count: 3, linger: 0 }).succeeded()
    await settled(directory)

    const worker = start('worker/commanded', directory, { worker: 'later', rotateAtStart: true })
    worker.write('{"log":1}\n')
    await rotatedMore(directory, 1)
    const { pid, epoch } = await directory.listenerPresent()
    kill(pid, 'SIGKILL')
    await nextListener(directory, epoch)
    worker.write('{"log":1}\n')
    await logged(directory, 'later', 2)
    worker.kill()

    await settled(directory)
    expect(rotatedParts(directory)).toHaveLength(1)
    expect(readFileSync(directory.path('app.1.log'), 'utf8')).not.toContain('later')
    expect(await directory.check(plainParts(directory))).toMatchObject({ logged: 5, ok: true, examples: [] })
  })
})

describe('workers with different options for one log file', () => {
  test('should learn what differs and what applies: the oldest one has its way', async () => {
    const directory = logDirectory()
    const elder = start('worker/commanded', directory, { worker: 'elder', size: '1k' })
    elder.write('{"log":1}\n')
    await logged(directory, 'elder', 1)
    await directory.listenerPresent()
    await until(() => statSync(directory.file, { throwIfNoEntry: false })?.size, 'the first record to be written')

    const younger = start('worker/commanded', directory, { worker: 'younger', size: '2k' })

    await until(() => younger.stderr.includes('FUNNEL_OPTIONS_DIFFER'), 'the younger worker to be warned', {
      evidence: () => directory.root,
    })
    expect(younger.stderr).toContain('rotation.size is 2048 here and 1024 there')
    expect(elder.stderr).toBe('')
    await until(
      () => readFileSync(directory.file, 'utf8').includes('"event":"options"'),
      'the log to report the options',
    )
  })
})
