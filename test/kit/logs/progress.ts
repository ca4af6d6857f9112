import type { ListenerRecord } from '@pino-funnel/channel'
import { statSync } from 'node:fs'
import { linesIn } from '../../fixtures/shared/lines.js'
import type { LogDirectory } from '../log-directory.ts'
import { readLedgers } from '../records/index.ts'
import { until } from '../until.ts'

/** How many log calls of a worker have returned. */
function calls(directory: LogDirectory, worker: string): number {
  return readLedgers(directory.ledgers).get(worker) ?? 0
}

/** Waits until `goal` log calls of a worker have returned. */
export async function logged(directory: LogDirectory, worker: string, goal: number): Promise<void> {
  await until(() => calls(directory, worker) >= goal, `${goal} log calls of worker ${worker} to return`, {
    evidence: () => directory.root,
  })
}

/** Waits until `more` further log calls of a worker have returned: nothing delays it then. */
export async function loggedMore(directory: LogDirectory, worker: string, more: number): Promise<void> {
  await logged(directory, worker, calls(directory, worker) + more)
}

/** Waits until the log file has grown by more than `bytes`: the listener is at work then. */
export async function grown(directory: LogDirectory, bytes: number): Promise<void> {
  const size = (): number => statSync(directory.file, { throwIfNoEntry: false })?.size ?? 0
  const goal = size() + bytes
  await until(() => size() > goal, `the log to grow beyond ${goal} bytes`, { evidence: () => directory.root })
}

/** After failures in a row a worker pauses for 30 s at most, before it starts a listener. On a busy machine that takes long, too. */
export const LAUNCHED_MS = 120_000

/** Waits until a listener of a later epoch is alive. */
export async function nextListener(directory: LogDirectory, epoch: number): Promise<ListenerRecord> {
  const later = (): ListenerRecord | undefined => {
    const listener = directory.listener()
    return listener && listener.epoch > epoch ? listener : undefined
  }
  return until(later, `a listener after epoch ${epoch} to be elected`, {
    deadline: LAUNCHED_MS,
    evidence: () => directory.root,
  })
}

/**
 * Waits until the log file has each record whose log call has returned. It may have more lines: on a busy machine the listener
 * may report a stall.
 */
export async function collected(directory: LogDirectory): Promise<void> {
  await until(async () => (await directory.check()).missing === 0, 'the log to have each record', {
    evidence: () => directory.root,
  })
}

/** Waits until the log file has at least `lines` lines. */
export async function written(directory: LogDirectory, lines: number): Promise<void> {
  await until(() => linesIn(directory.file) >= lines, `the log to have ${lines} lines`, {
    evidence: () => directory.root,
  })
}
