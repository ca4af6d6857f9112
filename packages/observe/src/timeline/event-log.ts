import type { OpenLane } from './lanes.ts'
import type { Standstill } from './notices.ts'
import type { TimelineEvent } from './timeline.ts'

/** Events that are kept, at least. */
const KEPT = 5000

/** An event while the log is being read: lanes may still be merged. */
export interface OpenEvent extends Omit<TimelineEvent, 'lane'> {
  readonly lane: OpenLane | undefined
  /** The stall or stop that has begun or ended with it. */
  readonly standstill?: Standstill
}

/** The youngest events of a log. */
export class EventLog {
  #events: OpenEvent[] = []
  #older = 0

  /** Events that are no longer kept. */
  get older(): number {
    return this.#older
  }

  add(event: OpenEvent): void {
    this.#events.push(event)
    if (this.#events.length < 2 * KEPT) return
    this.#older += KEPT
    this.#events = this.#events.slice(KEPT)
  }

  byTime(): OpenEvent[] {
    return this.#events.toSorted((one, other) => one.at - other.at)
  }
}
