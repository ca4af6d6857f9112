import type { Cause, WorkerName } from '@pino-funnel/channel'
import type { MailboxEntry } from '../mailbox-entry.ts'
import { workerName } from './worker-name.ts'

/** A worker that has died, whose place nobody has taken yet. */
export interface Vacancy {
  readonly former: WorkerName & Cause
  /** When its death was noticed, ms since the epoch. */
  readonly since: number
}

/** Of pools that never fill a place again. */
const MOST_VACANCIES = 1000

/**
 * Who takes whose place. A pool starts workers from one process, with one program: a worker that comes takes the place
 * of the one there with its number, or, where there are no numbers, of the one that is dead for the longest.
 */
export class Succession {
  /** By family, the oldest first. */
  readonly #vacancies = new Map<string, Vacancy[]>()

  died(entry: MailboxEntry, cause: Cause): void {
    const family = familyOf(entry)
    const { signal, code, error } = cause
    const former = { ...workerName(entry), signal, code, error }
    const vacancies = this.#vacancies.get(family) ?? []
    vacancies.push({ former, since: entry.endedAt })
    this.#vacancies.delete(family)
    this.#vacancies.set(family, vacancies)
    if (vacancies.length > MOST_VACANCIES) vacancies.shift()
    const [oldest] = this.#vacancies.keys()
    if (this.#vacancies.size > MOST_VACANCIES && oldest !== undefined) this.#vacancies.delete(oldest)
  }

  /** The one whose place a worker has taken, which is then taken. */
  take(newcomer: MailboxEntry): Vacancy | undefined {
    const family = familyOf(newcomer)
    const vacancies = this.#vacancies.get(family)
    if (!vacancies) return undefined
    const { pool, slot, since } = newcomer.reader.identity
    // node:cluster gives no number twice.
    const keepsSlot = slot !== undefined && pool !== 'cluster'
    const index = vacancies.findIndex((vacancy) => {
      // A death is noticed at once, and a worker takes longer to start.
      return vacancy.since <= since && (!keepsSlot || vacancy.former.slot === slot)
    })
    if (index === -1) return undefined
    const [taken] = vacancies.splice(index, 1)
    if (vacancies.length === 0) this.#vacancies.delete(family)
    return taken
  }
}

function familyOf({ file, reader: { identity } }: MailboxEntry): string {
  const { pid, ppid, pidNamespace, threadId, saysGoodbye, pool, program } = identity
  // The thread of pino's transport config stands for its process: no other thread says goodbye.
  const isProcess = threadId === 0 || saysGoodbye
  const parent = isProcess ? ppid : pid
  return JSON.stringify([file, isProcess ? 'processes' : 'threads', pidNamespace, parent, pool, program])
}
