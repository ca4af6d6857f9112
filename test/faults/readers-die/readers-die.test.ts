import { extentOf, readLog, type LogLine } from '@pino-funnel/reader'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Random } from '../../fixtures/shared/random.js'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { rotatedParts } from '../../kit/logs/parts.ts'
import { nextListener } from '../../kit/logs/progress.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { startFixture, type Fixture } from '../../kit/processes/fixture.ts'
import { kill } from '../../kit/started-processes.ts'
import { until } from '../../kit/until.ts'

/** `npm run test:reader` kills more often, and rotates more. */
const isCampaign = process.env['PINO_FUNNEL_ALL_POINTS'] !== undefined
const KILLS = isCampaign ? 200 : 4
const ROTATIONS = isCampaign ? 1000 : 20
const patience = { timeout: isCampaign ? 60 * 60_000 : 5 * 60_000 }
const OPTIONS = { size: '20k', compress: true, limit: { count: 5 } }

function start(directory: LogDirectory, worker: string, settings: object): Fixture {
  const { file, ledgers } = directory
  const script = 'pause' in settings ? 'worker/keep-logging' : 'worker/log'
  return startFixture(script, [JSON.stringify({ file, ledgers, worker, ...OPTIONS, ...settings })])
}

/** A reader that copies the log, in one life after the other. */
class Copier {
  readonly copy: string
  readonly #directory: LogDirectory
  #life: Fixture
  #lives = 1

  constructor(directory: LogDirectory) {
    this.#directory = directory
    this.copy = join(directory.root, 'copy')
    this.#life = this.#start('position')
    onTestFinished(() => this.#life.kill())
  }

  #start(by: 'position' | 'cursor'): Fixture {
    const settings = { file: this.#directory.file, copy: this.copy, hold: 'copier', by }
    return startFixture('reader/copy-log', [JSON.stringify(settings)])
  }

  get size(): number {
    return statSync(this.copy, { throwIfNoEntry: false })?.size ?? 0
  }

  /** Kills it, and starts its next life. */
  async restart(): Promise<void> {
    await this.advanced()
    this.#life.kill()
    await this.#life.exited()
    this.#life = this.#start(this.#lives % 2 === 0 ? 'position' : 'cursor')
    this.#lives += 1
  }

  /** Waits until it has copied something, unless there is nothing left. */
  async advanced(): Promise<void> {
    const { size } = this
    const isDone = (): boolean => this.size > size || this.size === extentOf(this.#directory.file)?.end
    // Eight workers at full speed leave it little of the machine.
    const deadline = 2 * 60_000
    await until(() => this.#failure() ?? isDone(), 'the reader to go on', {
      evidence: () => this.#directory.root,
      deadline,
    })
    this.#refuseFailure()
  }

  async reaches(end: number, deadline: number): Promise<void> {
    const evidence = (): string => `${this.#directory.root}, at ${this.size} of ${end}`
    await until(() => this.#failure() ?? this.size === end, 'the reader to reach the end', { evidence, deadline })
    this.#refuseFailure()
  }

  #refuseFailure(): void {
    const failure = this.#failure()
    if (failure !== undefined) throw new Error(`the reader has failed: ${failure}`)
  }

  #failure(): string | undefined {
    return this.#life.exit && this.#life.exit.signal === null ? this.#life.stderr : undefined
  }
}

function rotations(directory: LogDirectory): number {
  return rotatedParts(directory).at(-1)?.number ?? 0
}

describe('a reader that holds what it has not read', () => {
  test(
    `should see each byte once, at its position, when it and listeners are killed through ${ROTATIONS} rotations`,
    patience,
    async () => {
      const random = new Random()
      const directory = logDirectory()
      // The log and its channel are there before the reader is.
      await start(directory, 'first', { count: 1 }).succeeded()
      const copier = new Copier(directory)
      await copier.advanced()
      const count = isCampaign ? 25_000 : 300
      const fast = Array.from({ length: 4 }, (_, index) => start(directory, `fast${index}`, { count, next: 'stay' }))
      const steady = Array.from({ length: 4 }, (_, index) => start(directory, `steady${index}`, { pause: 1 }))

      for (let round = 0; round < KILLS; round += 1) {
        const { pid, epoch } = await directory.listenerPresent()
        const goal = rotations(directory) + random.integer(0, 5)
        await until(() => rotations(directory) >= goal, `${goal} rotations`, { evidence: () => directory.root })
        kill(pid, 'SIGKILL')
        if (random.integer(0, 1) === 0) await nextListener(directory, epoch)
        await copier.restart()
        await nextListener(directory, epoch)
      }
      await until(() => rotations(directory) >= ROTATIONS, `${ROTATIONS} rotations`, { deadline: patience.timeout })
      for (const worker of [...fast, ...steady]) worker.write('end')
      for (const worker of [...fast, ...steady]) await worker.succeeded()
      await directory.drained(patience.timeout)
      await directory.listenerGone(patience.timeout)
      const end = extentOf(directory.file)?.end ?? 0
      await copier.reaches(end, patience.timeout)

      expect(await directory.check([copier.copy]), `seed ${random.seed}`).toMatchObject({ ok: true, examples: [] })
      const late: LogLine[] = []
      for await (const line of readLog(directory.file)) late.push(line)
      const copied = readFileSync(copier.copy)
      const others = late.filter(({ position = 0, text }) => {
        return copied.toString('utf8', position, position + Buffer.byteLength(text)) !== text
      })
      expect(others.map(({ position, text }) => [position, text]).slice(0, 3)).toEqual([])
      expect(late.at(-1)?.end).toBe(end)
    },
  )
})
