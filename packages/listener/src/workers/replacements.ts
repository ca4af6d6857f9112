import type { Cause, MailboxIdentity, WorkerName } from '@pino-funnel/channel'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { workerKey, workerName } from './worker-name.ts'

/** A worker that has died, whose place nobody has taken yet. */
export interface Vacancy {
  readonly former: WorkerName & Cause
  /** When its death was noticed, ms since the epoch. */
  readonly since: number
  readonly family: string
}

/** Pools start a worker anew at once, PM2 within 15 s. Who comes much later comes for a reason of its own. */
const VACANT_MS = 60_000
/** Of pools that never fill a place again. */
const MOST_VACANCIES = 1000

/**
 * Who takes whose place. A pool starts workers from one process, with one program: a worker that comes takes the place
 * of the one there with its number, or, where there are no numbers, of the one that is dead for the longest. Which log
 * files they have does not matter: each may have one of its own.
 */
export class Succession {
  /** The oldest first. */
  #vacancies: Vacancy[] = []
  /** The latest workers that have left one: of a worker with several mailboxes, each tells of its death. */
  readonly #left = new Set<string>()

  died(entry: MailboxEntry, { signal, code, error }: Cause): void {
    const { identity } = entry.reader
    const key = workerKey(entry)
    if (this.#left.has(key)) return
    this.#left.add(key)
    const [oldest] = this.#left
    if (this.#left.size > MOST_VACANCIES && oldest !== undefined) this.#left.delete(oldest)
    const former = { ...workerName(entry), signal, code, error }
    this.#vacancies.push({ former, since: entry.liveness.endedAt, family: familyOf(identity) })
    if (this.#vacancies.length > MOST_VACANCIES) this.#vacancies.shift()
  }

  /**
   * The one whose place a worker has taken, which is then taken.
   *
   * @param since - when the worker has come, ms since the epoch
   */
  take(newcomer: MailboxIdentity, since: number): Vacancy | undefined {
    const { pool, slot } = newcomer
    const family = familyOf(newcomer)
    // node:cluster gives no number twice.
    const keepsSlot = slot !== undefined && pool !== 'cluster'
    const index = this.#vacancies.findIndex((vacancy) => {
      // A death is noticed at once, and a worker takes longer to start.
      const isInTime = since >= vacancy.since && since - vacancy.since <= VACANT_MS
      return isInTime && vacancy.family === family && (!keepsSlot || vacancy.former.slot === slot)
    })
    return index === -1 ? undefined : this.#vacancies.splice(index, 1)[0]
  }
}

function familyOf({ pid, ppid, pidNamespace, threadId, reportsItsExit, pool, program }: MailboxIdentity): string {
  // The thread of pino's transport config stands for its process: no other thread says goodbye.
  const isProcess = threadId === 0 || reportsItsExit
  const parent = isProcess ? ppid : pid
  return JSON.stringify([isProcess ? 'processes' : 'threads', pidNamespace, parent, pool, program])
}
