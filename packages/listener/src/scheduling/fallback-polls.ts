/**
 * When fallback polls are due, and how each sleeping mailbox is polled. A fallback poll depends on no writer's ringing:
 * a writer that never yields can't ring. Its line is read within 250 ms, or within a second when the writer was quiet
 * for 10 s, since polling is most of what a hundred quiet workers cost. While all writers are quiet, every other
 * fallback poll is skipped.
 */
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

const INTERVAL_MS = 250
/** A mailbox that was empty in so many polls, 10 s, is quiet. */
const POLLS_UNTIL_QUIET = 40
/** A quiet mailbox is read in one poll of so many. Even, since odd polls may be skipped. */
const POLLS_PER_QUIET_READ = 4
/**
 * One read of so many probes the next segment: a full disk keeps a writer from setting an end mark. The probe is most
 * of what a read of an empty mailbox costs.
 */
const READS_PER_PROBE = 4

export class FallbackPolls {
  #due = 0
  #number = 0
  #skipsNext = false
  #quietCount = 0

  /** The number of the poll that began last, or was skipped after that. */
  get number(): number {
    return this.#number
  }

  /** How many mailboxes of this poll are quiet and may wait. */
  get quietCount(): number {
    return this.#quietCount
  }

  /** Until the next poll, in whole ms: Node.js's timers have no fractions, and an early one would find no poll due. */
  get msUntilDue(): number {
    const longest = this.#skipsNext ? 2 * INTERVAL_MS : INTERVAL_MS
    return Math.min(Math.max(Math.ceil(this.#due - performance.now()), 1), longest)
  }

  /** @returns whether a poll is due; it has begun then */
  begin(): boolean {
    const now = performance.now()
    if (now < this.#due) return false
    this.#number += 1
    this.#skipsNext = false
    this.#quietCount = 0
    this.#due = now + INTERVAL_MS
    return true
  }

  /** Skips the next poll if its number is odd: such a poll reads no quiet mailbox and checks no worker that is well. */
  skipNext(): void {
    if (this.#number % 2 > 0) return
    this.#skipsNext = true
    this.#number += 1
    this.#due += INTERVAL_MS
  }

  /** A worker has come, or has rung: the next poll is not skipped. */
  keepNext(): void {
    if (!this.#skipsNext) return
    this.#skipsNext = false
    this.#number -= 1
    this.#due -= INTERVAL_MS
  }

  /**
   * How to read a sleeping mailbox in this poll.
   *
   * @param mayWait - whether it may be read less often when it is quiet
   */
  planFor({ reading }: Pick<MailboxEntry, 'reading'>, mayWait: boolean): 'skip' | 'read' | 'read and probe' {
    reading.countPoll()
    const isQuiet = mayWait && reading.polls > POLLS_UNTIL_QUIET
    if (isQuiet) this.#quietCount += 1
    const polls = isQuiet ? POLLS_PER_QUIET_READ : 1
    if (this.#number % polls > 0) return 'skip'
    return this.#number % (polls * READS_PER_PROBE) === 0 ? 'read and probe' : 'read'
  }

  /**
   * Whether a sleeping mailbox has something to read, as far as this poll is to find that out. To be called once in
   * each poll.
   *
   * @param mayWait - see `planFor`
   */
  isWorthReading(entry: MailboxEntry, mayWait: boolean): boolean {
    const plan = this.planFor(entry, mayWait)
    if (plan === 'skip') return false
    // It is here only because it could not be deleted.
    if (entry.liveness.hasEnded) return true
    try {
      return entry.reader.hasMore(plan === 'read and probe')
    } catch {
      // The pass that reads it reports why it can't be read, and holds up no other mailbox.
      return true
    }
  }
}
