import { join } from 'node:path'
import { fixturePath } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/index.ts'

/** The settings of `test/fixtures/worker/small-work.js`. */
export interface SmallWork {
  readonly worker: string
  /** The name of the log file. */
  readonly file: string
  readonly mmap: 'auto' | 'require' | 'never'
  readonly records: number
  /** The length of the payload of each record. */
  readonly bytes: number
  /** The number of records between two waits for the listener; `Infinity` when there is no listener. */
  readonly flushEvery: number
  /** The number of records between two pauses, in which the event loop turns; none without it. */
  readonly turnEvery?: number
  readonly end: 'kill' | 'exit' | 'destroy' | 'end'
  /** Further options of the destination. */
  readonly options?: object
}

const SCRIPT = fixturePath('worker/small-work.js')

/** The command that does the work. */
export function commandFor(work: SmallWork, directory: LogDirectory): string[] {
  const paths = { file: directory.path(work.file), ledgers: directory.ledgers, outcome: outcomeFile(work, directory) }
  return [process.execPath, SCRIPT, JSON.stringify({ ...work, flushEvery: finite(work.flushEvery), ...paths })]
}

/** The file in which the worker counts dropped records and exceptions, 4 bytes each. */
export function outcomeFile(work: SmallWork, directory: LogDirectory): string {
  return join(directory.root, `${work.worker}.outcome`)
}

/** JSON has no Infinity. */
function finite(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER)
}

/** A worker that fills a plain and two mapped segments while there is no listener. */
export const alone: SmallWork = {
  worker: 'alone',
  file: 'app.log',
  mmap: 'auto',
  records: 70,
  bytes: 6000,
  flushEvery: Infinity,
  end: 'exit',
}

/** The same without mapped segments. It destroys its destination at the end. */
export const plain: SmallWork = { ...alone, worker: 'plain', mmap: 'never', end: 'destroy' }

/** A worker that has little to log, and lets its event loop turn, while its listener lives. */
export const quiet: SmallWork = {
  ...alone,
  worker: 'quiet',
  mmap: 'never',
  records: 6,
  bytes: 100,
  turnEvery: 2,
  end: 'end',
  // It may never connect, and then waits for so long at its end.
  options: { flushTimeout: 5_000 },
}

/** A worker without a listener that has no room for all of its records, and tries to report that. */
export const full: SmallWork = {
  ...plain,
  worker: 'full',
  records: 90,
  bytes: 100_000,
  turnEvery: 89,
  options: { maxMailboxBytes: 8 * 1024 * 1024, maxChannelBytes: 5 * 1024 * 1024 },
}

/** A worker that logs until a drained segment is used again. It waits for the listener repeatedly, so that segments are drained. */
export const served: SmallWork = {
  worker: 'served',
  file: 'app.log',
  mmap: 'auto',
  records: 150,
  bytes: 26_000,
  flushEvery: 15,
  end: 'end',
}
