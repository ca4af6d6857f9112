/**
 * The pace of floor polls, the looks at all mailboxes that depend on nobody's ringing, and which mailboxes are looked at
 * in each. A writer that can't ring, because it never yields, is read within 250 ms of its line; one that was quiet for
 * 10 s within half a second, or within a second when all were: most of what a hundred quiet workers cost is looking.
 */
import type { MailboxEntry } from './mailbox-entry.ts'

export const FLOOR_MS = 250
/** When nothing has come for {@link QUIET_AFTER_MS}, from anybody. */
const QUIET_FLOOR_MS = 500
const QUIET_AFTER_MS = 10_000
/** A mailbox that had nothing for so many polls is quiet. */
const POLLS_UNTIL_QUIET = QUIET_AFTER_MS / FLOOR_MS
const POLLS_PER_QUIET_LOOK = 2
/** A full disk keeps a writer from setting an end mark. To look for what comes after costs most of a look. */
const LOOKS_PER_THOROUGH_ONE = 4

export class FloorPolls {
  #due = 0
  #count = 0
  #stirredAt = performance.now()
  #interval = FLOOR_MS

  /** Ms to the next poll, at most. */
  get interval(): number {
    return this.#interval
  }

  /** Something has come, or goes on. */
  stir(): void {
    this.#stirredAt = performance.now()
    this.#interval = FLOOR_MS
    this.#due = Math.min(this.#due, this.#stirredAt + FLOOR_MS)
  }

  /** @returns whether a poll is due; it has begun then */
  begin(): boolean {
    const now = performance.now()
    if (now < this.#due) return false
    this.#count += 1
    this.#interval = now - this.#stirredAt < QUIET_AFTER_MS ? FLOOR_MS : QUIET_FLOOR_MS
    this.#due = now + this.#interval
    return true
  }

  /** How a mailbox that is asleep is to be looked at in this poll; to be asked once in each. */
  lookAt(entry: MailboxEntry): 'not' | 'brief' | 'thorough' {
    entry.pollsAsleep += 1
    const polls = entry.pollsAsleep > POLLS_UNTIL_QUIET ? POLLS_PER_QUIET_LOOK : 1
    if (this.#count % polls > 0) return 'not'
    return this.#count % (polls * LOOKS_PER_THOROUGH_ONE) === 0 ? 'thorough' : 'brief'
  }
}
