import { extentOf, readLog } from '@pino-funnel/reader'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Random } from '../../fixtures/shared/random.js'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { rotatedParts } from '../../kit/logs/parts.ts'
import { nextListener } from '../../kit/logs/progress.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { startWorkers, type CommandedWorker } from '../../kit/processes/commanded-worker.ts'
import { startFixture, type Fixture } from '../../kit/processes/fixture.ts'
import { sampled } from '../../kit/sample.ts'
import { kill } from '../../kit/started-processes.ts'
import { until } from '../../kit/until.ts'

/** `npm run test:reader` kills more often, and rotates more. */
const KILLS = sampled(4, 200)
/** What 8 workers log in a round fills more files: 8 times 32 records of 500 bytes and more, in files of 20 KiB. */
const ROTATIONS_PER_ROUND = 5
const ROTATIONS = KILLS * ROTATIONS_PER_ROUND
const BURST = { log: 32, length: 400 }
/** The beginning of another burst, for which no listener may be there. */
const FEW = { log: 2, length: 400 }
const OPTIONS = { size: '20k', compress: true, limit: { count: 5 } }
const WORKERS = Array.from({ length: 8 }, (_, index) => `worker${index}`)
/** On a busy machine a reader or a listener may take long to start. */
const DEADLINE_MS = 2 * 60_000
const patience = { timeout: sampled(5, 60) * 60_000 }

/** A reader that copies the log, in one life after the other. */
class Copier {
  readonly copy: string
  readonly #directory: LogDirectory
  readonly #name: string
  readonly #begin: 'beginning' | 'end'
  #life: Fixture
  #lives = 1

  /** @param begin - where its first life begins */
  constructor(directory: LogDirectory, name: string, begin: 'beginning' | 'end') {
    this.#directory = directory
    this.#name = name
    this.#begin = begin
    this.copy = join(directory.root, name)
    this.#life = this.#start('position')
    onTestFinished(() => this.#life.kill())
  }

  #start(by: 'position' | 'cursor'): Fixture {
    const settings = { file: this.#directory.file, copy: this.copy, hold: this.#name, begin: this.#begin, by }
    return startFixture('reader/copy-log', [JSON.stringify(settings)])
  }

  get size(): number {
    return statSync(this.copy, { throwIfNoEntry: false })?.size ?? 0
  }

  /** Kills it at a random place of what it has still to copy, and starts its next life. */
  async restart(random: Random): Promise<void> {
    const end = extentOf(this.#directory.file)?.end ?? 0
    await this.passes(random.integer(Math.min(this.size + 1, end), end))
    this.#life.kill()
    await this.#life.exited()
    this.#life = this.#start(this.#lives % 2 === 0 ? 'position' : 'cursor')
    this.#lives += 1
  }

  /** It begins at the end that it finds, so the log goes on until it has begun. */
  begins(worker: CommandedWorker): Promise<void> {
    const isBegun = (): boolean => {
      worker.send({ log: 1, length: 400 })
      return this.size > 0
    }
    return this.#until(isBegun, 'to begin')
  }

  passes(position: number): Promise<void> {
    return this.#until(() => this.size >= position, `to pass position ${position}`)
  }

  reaches(end: number): Promise<void> {
    return this.#until(() => this.size === end, `to reach the end at ${end}`)
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    const evidence = (): string => `${this.#directory.root}, at ${this.size}`
    const reader = `the reader ${this.#name} ${what}`
    await until(() => this.#failure() ?? condition(), reader, { evidence, deadline: DEADLINE_MS })
    const failure = this.#failure()
    if (failure !== undefined) throw new Error(`the reader ${this.#name} has failed: ${failure}`)
  }

  #failure(): string | undefined {
    const { exit, stderr } = this.#life
    return exit?.signal === null ? `exit code ${exit.code}, ${stderr}` : undefined
  }
}

function rotations(directory: LogDirectory): number {
  return rotatedParts(directory).at(-1)?.number ?? 0
}

async function rotatedTo(directory: LogDirectory, goal: number): Promise<void> {
  const evidence = (): string => directory.root
  await until(() => rotations(directory) >= goal, `${goal} rotations`, { evidence, deadline: DEADLINE_MS })
}

/** All log at full speed. A listener is killed after some rotations of that, and the reader when it has gone on. */
async function killBoth(
  directory: LogDirectory,
  { workers, copier, random }: { workers: readonly CommandedWorker[]; copier: Copier; random: Random },
): Promise<void> {
  const { pid, epoch } = await directory.listenerPresent(DEADLINE_MS)
  const before = rotations(directory)
  for (const worker of workers) worker.send(BURST)
  await rotatedTo(directory, before + random.integer(0, ROTATIONS_PER_ROUND - 1))
  kill(pid, 'SIGKILL')
  for (const worker of workers) worker.send(FEW)
  if (random.integer(0, 1) === 0) await nextListener(directory, epoch)
  await copier.restart(random)
  await nextListener(directory, epoch)
  await rotatedTo(directory, before + ROTATIONS_PER_ROUND)
}

describe('a reader that holds what it has not read', () => {
  test(
    `should see each byte once, at its position, when it and listeners are killed through ${ROTATIONS} rotations`,
    patience,
    async () => {
      const random = new Random()
      const directory = logDirectory()
      const workers = await startWorkers(directory, WORKERS, OPTIONS)
      // The log and its channel are there before the reader is.
      for (const worker of workers) worker.send(FEW)
      for (const worker of workers) await worker.does({ flush: true })
      const copier = new Copier(directory, 'copier', 'beginning')
      // From here on nothing is deleted that it has not read.
      await copier.passes(1)

      for (let round = 0; round < KILLS / 2; round += 1) await killBoth(directory, { workers, copier, random })
      const late = new Copier(directory, 'late', 'end')
      for (const worker of workers.slice(0, 1)) await late.begins(worker)
      for (let round = 0; round < KILLS / 2; round += 1) await killBoth(directory, { workers, copier, random })
      for (const worker of workers) await worker.leaves()
      await directory.drained(DEADLINE_MS)
      await directory.listenerGone(DEADLINE_MS)
      const end = extentOf(directory.file)?.end ?? 0
      await copier.reaches(end)
      await late.reaches(end)

      expect(await directory.check([copier.copy]), `seed ${random.seed}`).toMatchObject({ ok: true, examples: [] })
      const copied = readFileSync(copier.copy)
      const copiedLate = readFileSync(late.copy)
      const begin = copiedLate.findIndex((byte) => byte !== 0)
      expect(begin).toBeGreaterThan(0)
      expect(copiedLate.subarray(begin).equals(copied.subarray(begin)), `${directory.root}, from ${begin} on`).toBe(
        true,
      )
      for await (const { position = 0, end: next = 0, text } of readLog(directory.file)) {
        expect(copied.toString('utf8', position, next)).toBe(`${text}\n`)
      }
    },
  )
})
