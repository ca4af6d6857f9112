/**
 * When floor polls are due, the looks that depend on nobody's ringing, and which mailboxes are looked at in each. A writer
 * that can't ring, because it never yields, is read within 250 ms of its line; one that was quiet for 10 s within a
 * second, since most of what a hundred quiet workers cost is looking. While all are quiet, so is the listener: every other
 * poll is left out.
 */
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

const FLOOR_MS = 250
/** A mailbox that had nothing for so many polls, 10 s, is quiet. */
const POLLS_UNTIL_QUIET = 40
/** Even, since odd polls may be left out. */
const POLLS_PER_QUIET_LOOK = 4
/** A full disk keeps a writer from setting an end mark. To look for what comes after costs most of a look. */
const LOOKS_PER_THOROUGH_ONE = 4

export class FloorPolls {
  #due = 0
  #number = 0
  #isNextOut = false
  #quietCount = 0

  /** Of the poll that has begun last, or was left out after that. */
  get number(): number {
    return this.#number
  }

  /** How many mailboxes were asked about in this poll that are quiet and may wait. */
  get quietCount(): number {
    return this.#quietCount
  }

  /** Until the next one, whole ms: Node.js's timers know no parts, and one that is early would find none due. */
  get msUntilDue(): number {
    const longest = this.#isNextOut ? 2 * FLOOR_MS : FLOOR_MS
    return Math.min(Math.max(Math.ceil(this.#due - performance.now()), 1), longest)
  }

  /** @returns whether a poll is due; it has begun then */
  begin(): boolean {
    const now = performance.now()
    if (now < this.#due) return false
    this.#number += 1
    this.#isNextOut = false
    this.#quietCount = 0
    this.#due = now + FLOOR_MS
    return true
  }

  /**
   * Leaves the next poll out, if it has an odd number: in one of those no quiet mailbox is looked at, and no worker that is
   * well.
   */
  leaveNextOut(): void {
    if (this.#number % 2 > 0) return
    this.#isNextOut = true
    this.#number += 1
    this.#due += FLOOR_MS
  }

  /** Somebody has come, or has something: the next poll is not left out. */
  keepNext(): void {
    if (!this.#isNextOut) return
    this.#isNextOut = false
    this.#number -= 1
    this.#due -= FLOOR_MS
  }

  /**
   * How a mailbox that is asleep is to be looked at in this poll; to be asked once in each.
   *
   * @param mayWait - whether it may be looked at less often when it is quiet
   */
  lookAt(entry: MailboxEntry, mayWait: boolean): 'not' | 'brief' | 'thorough' {
    entry.pollsAsleep += 1
    const isQuiet = mayWait && entry.pollsAsleep > POLLS_UNTIL_QUIET
    if (isQuiet) this.#quietCount += 1
    const polls = isQuiet ? POLLS_PER_QUIET_LOOK : 1
    if (this.#number % polls > 0) return 'not'
    return this.#number % (polls * LOOKS_PER_THOROUGH_ONE) === 0 ? 'thorough' : 'brief'
  }
}
