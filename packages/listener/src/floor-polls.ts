/**
 * When floor polls are due, the looks that depend on nobody's ringing, and which mailboxes are looked at in each. A writer
 * that can't ring, because it never yields, is read within 250 ms of its line; one that was quiet for 10 s within a
 * second, since most of what a hundred quiet workers cost is looking.
 */
import type { MailboxEntry } from './mailbox-entry.ts'

const FLOOR_MS = 250
/** A mailbox that had nothing for so many polls, 10 s, is quiet. */
const POLLS_UNTIL_QUIET = 40
const POLLS_PER_QUIET_LOOK = 4
/** A full disk keeps a writer from setting an end mark. To look for what comes after costs most of a look. */
const LOOKS_PER_THOROUGH_ONE = 4

export class FloorPolls {
  #due = 0
  #count = 0

  /** Until the next one, whole ms: Node.js's timers know no parts, and one that is early would find none due. */
  get msUntilDue(): number {
    return Math.min(Math.max(Math.ceil(this.#due - performance.now()), 1), FLOOR_MS)
  }

  /** @returns whether a poll is due; it has begun then */
  begin(): boolean {
    const now = performance.now()
    if (now < this.#due) return false
    this.#count += 1
    this.#due = now + FLOOR_MS
    return true
  }

  /**
   * How a mailbox that is asleep is to be looked at in this poll; to be asked once in each.
   *
   * @param mayWait - whether it may be looked at less often when it is quiet
   */
  lookAt(entry: MailboxEntry, mayWait: boolean): 'not' | 'brief' | 'thorough' {
    entry.pollsAsleep += 1
    const polls = mayWait && entry.pollsAsleep > POLLS_UNTIL_QUIET ? POLLS_PER_QUIET_LOOK : 1
    if (this.#count % polls > 0) return 'not'
    return this.#count % (polls * LOOKS_PER_THOROUGH_ONE) === 0 ? 'thorough' : 'brief'
  }
}
