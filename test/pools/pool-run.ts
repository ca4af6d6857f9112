import { poolEnvironment } from 'pino-funnel'
import { readFileSync } from 'node:fs'
import { startFixture, type Fixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import type { PoolLibrary } from './libraries.ts'

/** How a scenario came out. */
export interface PoolOutcome {
  /** Of each task. */
  readonly outcomes: readonly string[]
  /** Whether it came to its end: a pool that never settles a task, or never closes, keeps it from that. */
  readonly isOver: boolean
}

/** The fields of a record that the tests check. */
export interface WorkerRecord {
  readonly pool?: string
  readonly slot?: number
  readonly pid: number
  readonly thread: number
  /** The worker's name in its ledger, `<pid>-<thread>`. */
  readonly worker: string
  readonly task?: string
  readonly msg: string
}

export interface PoolRun {
  readonly directory: LogDirectory
  readonly fixture: Fixture
}

/** Starts one of `test/fixtures/pools/scenarios.js` with a real library, two workers by default. */
export function startPool(
  library: PoolLibrary,
  scenario: string,
  options: object = {},
  { linger = 0 }: { readonly linger?: number } = {},
): PoolRun {
  const directory = logDirectory()
  const { file, ledgers } = directory
  const env = poolEnvironment({ file, linger, maxMailboxBytes: 2 ** 40, maxChannelBytes: 2 ** 40 })
  const settings = { library: library.fixture, scenario, ledgers, size: 2, calls: 5, ...options }
  return { directory, fixture: startFixture('pools/run', [JSON.stringify(settings)], { env }) }
}

/** Waits until the pool's parent has nothing left to do. That nothing keeps it alive is part of what is tested. */
export async function outcomeOf({ fixture }: PoolRun, deadline = 2 * 60_000): Promise<PoolOutcome> {
  await fixture.succeeded(deadline)
  const [last = ''] = fixture.stdout.trim().split('\n').slice(-1)
  return JSON.parse(last) as PoolOutcome
}

/** Those of workers; the listener has records of its own in the log. */
export function recordsIn(directory: LogDirectory): WorkerRecord[] {
  return parsed<WorkerRecord>(directory).filter((record) => !('funnel' in record))
}

interface EndRecord {
  readonly funnel?: { readonly event: string; readonly how?: string; readonly worker: number }
}

/** How many workers have ended by a kill: without a parent that logs, nothing more is known than that they are gone. */
export function deathsIn(directory: LogDirectory): number {
  const ends = parsed<EndRecord>(directory).flatMap(({ funnel }) => funnel ?? [])
  return new Set(ends.filter(({ event, how }) => event === 'died' || how === 'unknown').map(({ worker }) => worker))
    .size
}

function parsed<T>({ file }: LogDirectory): T[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as T)
}
