import { join } from 'node:path'
import { fixturePath } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/index.ts'

/** What `test/fixtures/small-work.js` is to do. */
export interface SmallWork {
  readonly worker: string
  /** Name of the log file. */
  readonly file: string
  readonly mmap: 'auto' | 'require' | 'never'
  readonly records: number
  /** Payload of each record. */
  readonly bytes: number
  /** Records between two waits for the listener; `Infinity` when none is there. */
  readonly flushEvery: number
  readonly end: 'kill' | 'exit' | 'destroy' | 'end'
  /** Further options of the destination. */
  readonly options?: object
}

const SCRIPT = fixturePath('worker/small-work.js')

/** The command that does it. */
export function commandFor(work: SmallWork, directory: LogDirectory): string[] {
  const paths = { file: directory.path(work.file), ledgers: directory.ledgers, outcome: outcomeFile(work, directory) }
  return [process.execPath, SCRIPT, JSON.stringify({ ...work, flushEvery: finite(work.flushEvery), ...paths })]
}

/** Where it counts dropped records and exceptions, 4 bytes each. */
export function outcomeFile(work: SmallWork, directory: LogDirectory): string {
  return join(directory.root, `${work.worker}.outcome`)
}

/** JSON knows no Infinity. */
function finite(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER)
}

/** Through a plain and two mapped segments, with nobody to collect them. */
export const alone: SmallWork = {
  worker: 'alone',
  file: 'app.log',
  mmap: 'auto',
  records: 70,
  bytes: 6000,
  flushEvery: Infinity,
  end: 'exit',
}

/** The same without mapping, and with a proper end. */
export const plain: SmallWork = { ...alone, worker: 'plain', mmap: 'never', end: 'destroy' }

/** Long enough for a drained segment to be used again; waits for the listener now and then, so that it is drained. */
export const served: SmallWork = {
  worker: 'served',
  file: 'app.log',
  mmap: 'auto',
  records: 150,
  bytes: 26_000,
  flushEvery: 15,
  end: 'end',
}
