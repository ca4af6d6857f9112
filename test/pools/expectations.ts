import type { MailboxStatus } from '@pino-funnel/channel'
import { describe, expect, test } from 'vitest'
import { mailboxStatus } from '../kit/processes/listener-status.ts'
import { readLedgers } from '../kit/records/index.ts'
import { sampled } from '../kit/sample.ts'
import { until } from '../kit/until.ts'
import { endsOf, type PoolLibrary, type PoolTest } from './libraries.ts'
import { deathsIn, outcomeOf, recordsIn, startPool, type PoolRun, type WorkerRecord } from './pool-run.ts'

const TASKS = 8
const CALLS = 5

/** `npm run test:pools` has 100 workers killed; a sample is in every `npm test`. */
const KILLED_AT_ONCE = 10
const KILL_ROUNDS = sampled(1, 10)

const minute = 60_000

/**
 * What a pool's own library changes little about is shown with Node.js's own pools in `npm test`, and with each library by
 * `npm run test:pools`.
 */
const OF_NODE: readonly string[] = ['cluster', 'worker_threads']
/** As are these ends, and with one library of processes and one of threads. */
const SHOWN_WITH_SOME: readonly string[] = ['out of memory', 'abort']
const SOME: readonly string[] = [...OF_NODE, 'tinypool-process', 'piscina']

/** What is expected of logging in the workers of any pool. A silent one does all but log, and must come out the same. */
export function describePool(library: PoolLibrary): void {
  const takesAll = sampled(OF_NODE.includes(library.fixture), true)
  const takes = (what: PoolTest): boolean => sampled(library.notInSample?.includes(what) !== true, true)

  describe(`in ${library.fixture}`, () => {
    test('should log each record once, and name the worker, when the pool works', async () => {
      const run = startPool(library, 'works', { tasks: TASKS, calls: CALLS })
      const silent = startPool(library, 'works', { tasks: TASKS, calls: CALLS, quiet: true })

      expect(await outcomeOf(run)).toEqual(await outcomeOf(silent))
      expect(await kept(run)).toMatchObject({ logged: TASKS * CALLS, ok: true, examples: [] })
      expectPlaces(library, recordsIn(run.directory))
      await run.directory.listenerGone()
      // One that was not elected may still be about to leave.
      await expect.poll(() => run.fixture.pids).toEqual([])
    })

    test.runIf(takesAll)(
      'should be shown by `pino-funnel status`, each with its pool and slot, when they are at work',
      async () => {
        const run = startPool(library, 'stays at work')

        const shown = await until(() => workersShown(run, 2), 'status to show both workers', {
          evidence: () => run.directory.root,
        })

        expect(new Set(shown.map(({ pool }) => pool ?? undefined))).toEqual(new Set([library.pool]))
        const slots = shown.map(({ slot }) => slot).toSorted((one, other) => Number(one) - Number(other))
        expect(slots).toEqual(library.slots === 'none' ? [null, null] : [1, 2])
        run.fixture.write('end\n')
        expect(await outcomeOf(run)).toMatchObject({ isOver: true })
        expect(await kept(run)).toMatchObject({ ok: true, examples: [] })
      },
    )

    test.runIf(takes('destroyed'))(
      'should keep every record when the pool is destroyed while its workers log',
      async () => {
        const run = startPool(library, 'is destroyed')
        const silent = startPool(library, 'is destroyed', { quiet: true })

        expect(await outcomeOf(run)).toEqual(await outcomeOf(silent))
        expect(await kept(run)).toMatchObject({ ok: true, examples: [] })
      },
    )

    test.runIf(takes('ends'))(
      'should keep every record, and change nothing for the pool, when tasks end their workers',
      async () => {
        const isWanted = (end: string): boolean =>
          sampled(SOME.includes(library.fixture), true) || !SHOWN_WITH_SOME.includes(end)
        const ends = endsOf(library).filter(isWanted)
        const run = startPool(library, 'loses workers', { ends, calls: CALLS })
        const silent = startPool(library, 'loses workers', { ends, calls: CALLS, quiet: true })

        const came = await outcomeOf(run, 4 * minute)

        expect(came).toEqual(await outcomeOf(silent, 4 * minute))
        expect(await kept(run)).toMatchObject({ logged: came.outcomes.length * CALLS, ok: true, examples: [] })
      },
    )

    test.runIf(library.callsOff && takes('called off'))(
      'should keep every record when a task is called off',
      async () => {
        const run = startPool(library, 'calls a task off')
        const silent = startPool(library, 'calls a task off', { quiet: true })

        expect(await outcomeOf(run)).toEqual(await outcomeOf(silent))
        expect(await kept(run)).toMatchObject({ ok: true, examples: [] })
      },
    )

    test.runIf(library.letsIdleGo && takes('idle'))(
      'should keep every record when an idle worker is let go',
      async () => {
        const run = startPool(library, 'is idle', { calls: CALLS })

        expect(await outcomeOf(run)).toEqual({ outcomes: ['5 calls', '5 calls'], isOver: true })
        expect(await kept(run)).toMatchObject({ logged: 2 * CALLS, ok: true, examples: [] })
        expect(workersIn(recordsIn(run.directory))).toBe(2)
      },
    )

    test.runIf(takesAll)(
      'should have another listener, and keep every record, when the listener is killed',
      async () => {
        // Not one that leaves by itself before it is killed: each worker of some pools ends with its task.
        const run = startPool(library, 'loses its listener', {}, { linger: 600_000 })

        expect(await outcomeOf(run)).toMatchObject({ isOver: true })
        expect(await kept(run)).toMatchObject({ ok: true, examples: [] })
      },
    )

    const killed = KILL_ROUNDS * KILLED_AT_ONCE
    test.runIf(library.runs === 'processes' && takes('killed'))(
      `should keep every record, and settle every task, when ${killed} workers are killed`,
      async () => {
        const run = startPool(library, 'is killed', { size: KILLED_AT_ONCE, rounds: KILL_ROUNDS })

        const { outcomes, isOver } = await outcomeOf(run, 4 * minute)

        expect(isOver).toBe(true)
        expect(outcomes).toHaveLength(killed)
        expect(outcomes).not.toContain('never settled')
        expect(await kept(run)).toMatchObject({ ok: true, examples: [] })
        expect(workersIn(recordsIn(run.directory))).toBe(killed)
        expect(deathsIn(run.directory)).toBe(killed)
      },
    )
  })
}

async function kept({ directory }: PoolRun): ReturnType<PoolRun['directory']['check']> {
  await directory.drained()
  return directory.check()
}

function expectPlaces({ pool, slots, runs }: PoolLibrary, records: readonly WorkerRecord[]): void {
  expect(new Set(records.map((record) => record.pool))).toEqual(new Set([pool]))
  expect(records.every(({ thread }) => thread > 0 === (runs === 'threads'))).toBe(true)
  expect(records.every(({ pid, thread, worker }) => worker === `${pid}-${thread}`)).toBe(true)
  const highest = { none: 0, 'one for each worker': 2, 'one for each task': TASKS }[slots]
  const known = [...(slots === 'none' ? [undefined] : []), ...Array.from({ length: highest }, (_, n) => n + 1)]
  expect(known).toEqual(expect.arrayContaining(records.map(({ slot }) => slot)))
}

/** `undefined` until there are so many. */
async function workersShown({ directory }: PoolRun, count: number): Promise<MailboxStatus[] | undefined> {
  const workers = readLedgers(directory.ledgers)
  const mailboxes = await mailboxStatus(directory)
  const shown = mailboxes.filter(({ pid, threadId }) => workers.has(`${pid}-${threadId}`))
  return shown.length === count ? shown : undefined
}

function workersIn(records: readonly WorkerRecord[]): number {
  return new Set(records.map(({ worker }) => worker)).size
}
