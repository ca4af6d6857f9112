import type { Answers } from './answers.ts'

/** Ms for which a shipper waits for another one to make room, which may be leaving. */
const LEADER_MS = 10_000
/** Ms to wait for a ledger. A log without a record has none. */
const LOG_MS = 2000
/** Ms until the log has the record about an event that was reported to the listener. The record is shipped, too. */
const RECORD_MS = 1000

/** Whether a shipper that was ordered to finish may end. */
export class Finishing {
  readonly #answers: Pick<Answers, 'waitsFor' | 'isUpToDate'>
  #patience = 0
  #waitsFor: Answers['waitsFor'] = 'none'
  /** Since when it waits for that, by performance.now(). */
  #since = 0
  #reportedAt = -Infinity

  constructor(answers: Pick<Answers, 'waitsFor' | 'isUpToDate'>) {
    this.#answers = answers
  }

  /** An event was reported to the listener. */
  reported(): void {
    this.#reportedAt = performance.now()
  }

  /**
   * The listener has ordered to finish. It may do so again.
   *
   * @param patience - ms for which an engine that is away is tried, from now on or from the beginning of a later trouble
   */
  order(patience: number): void {
    this.#patience = patience
    this.#since = performance.now()
  }

  /** `done` when all of the log is shipped, and `given up` when it could not be for too long. To be asked now and then. */
  state(): 'done' | 'given up' | 'not yet' {
    const now = performance.now()
    const { waitsFor } = this.#answers
    if (waitsFor !== this.#waitsFor) this.#since = now
    this.#waitsFor = waitsFor
    if (now > this.#reportedAt + RECORD_MS && this.#answers.isUpToDate) return 'done'
    const longest = { leader: LEADER_MS, log: LOG_MS, engine: this.#patience, none: Infinity }[waitsFor]
    return now >= this.#since + longest ? 'given up' : 'not yet'
  }
}
