import type { Cause, WriterProfile, WorkerName } from '@pino-funnel/channel'
import { workerKey, workerName, type WorkerMailbox } from './worker-mailbox.ts'

/** A worker that has died, and was not replaced yet. */
export interface UnreplacedDeath {
  readonly former: WorkerName & Cause
  readonly profile: WriterProfile
  /** When the death was noticed, ms since the epoch. */
  readonly since: number
  readonly family: string
}

/** Pools replace a worker at once, PM2 within 15 s. A worker that comes much later is not a replacement. */
const REPLACEABLE_MS = 60_000
/** A pool may start the next worker at the first sign of a death, before its end is reported. */
const START_TOLERANCE_MS = 1000
/** Deaths that are kept. Some pools never replace a worker. */
const MOST_DEATHS = 1000

/**
 * Which worker replaces which. The workers of a pool have the same parent process and the same program. A new worker
 * replaces the dead one with the same slot, or, where slots are not reused, the one that has been dead for the longest.
 * Their log files don't matter: each worker may have its own.
 */
export class Replacements {
  /** Oldest first. */
  #deaths: UnreplacedDeath[] = []
  /** Keys of the latest workers that died: a worker with several mailboxes dies once. */
  readonly #recorded = new Set<string>()
  readonly #reportedAt: (profile: WriterProfile) => number | undefined

  /** @param reportedAt - when a parent learned of the death, ms since the epoch; `undefined` when none has reported it */
  constructor(reportedAt: (profile: WriterProfile) => number | undefined = () => undefined) {
    this.#reportedAt = reportedAt
  }

  died(mailbox: WorkerMailbox, { signal, code, error }: Cause): void {
    const { profile } = mailbox.reader
    const key = workerKey(mailbox)
    if (this.#recorded.has(key)) return
    this.#recorded.add(key)
    const [oldest] = this.#recorded
    if (this.#recorded.size > MOST_DEATHS && oldest !== undefined) this.#recorded.delete(oldest)
    const former = { ...workerName(mailbox), signal, code, error }
    this.#deaths.push({ former, profile, since: mailbox.liveness.endedAt, family: familyOf(profile) })
    if (this.#deaths.length > MOST_DEATHS) this.#deaths.shift()
  }

  /**
   * Takes the death of the worker that a new one replaces.
   *
   * @param since - when the new worker came, ms since the epoch
   * @param startedAt - when its thread was started; `undefined` when that is not known. One that was started before the
   * death was started together with the dead worker.
   */
  take(worker: WriterProfile, since: number, startedAt?: number): UnreplacedDeath | undefined {
    const { pool, slot } = worker
    const family = familyOf(worker)
    // node:cluster gives each number once.
    const keepsSlot = slot !== undefined && pool !== 'cluster'
    const index = this.#deaths.findIndex((death) => {
      // A death is noticed at once. To start a worker takes longer.
      const isInTime = since >= death.since && since - death.since <= REPLACEABLE_MS
      if (startedAt !== undefined && startedAt < (this.#reportedAt(death.profile) ?? 0) - START_TOLERANCE_MS)
        return false
      return isInTime && death.family === family && (!keepsSlot || death.former.slot === slot)
    })
    return index === -1 ? undefined : this.#deaths.splice(index, 1)[0]
  }
}

function familyOf({ pid, ppid, pidNamespace, threadId, reportsItsExit, pool, program }: WriterProfile): string {
  // The thread of pino's transport config stands for its process: it is the only thread that reports its exit.
  const isProcess = threadId === 0 || reportsItsExit
  const parent = isProcess ? ppid : pid
  return JSON.stringify([isProcess ? 'processes' : 'threads', pidNamespace, parent, pool, program])
}
