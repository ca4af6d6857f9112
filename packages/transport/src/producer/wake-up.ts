import type { MailboxWriter } from '@pino-funnel/channel'
import { monotonicNow, timers } from '@pino-funnel/channel/captured'
import type { ListenerLink } from '../listener/listener-link.ts'
import { sleepFor } from '../worker/sleep-for.ts'

/**
 * After so long without a turn of the event loop, in ms, a log call itself checks whether a listener is there, and again
 * after as long.
 */
const WITHOUT_TURN_MS = 250
/** To read the clock costs more than a mapped bell, so only one of so many writes does. */
const WRITES_PER_CLOCK = 32
/** Between two readings of the bell, in ms. */
const WAIT_STEP_MS = 2
/** From a write to the reading of a bell in a file, in ms: the shortest that a timer can wait. */
const POLL_MS = 1

/**
 * Rings for the listener after a write, when it sleeps.
 *
 * A bell in memory is read after each write. Reading a bell in a file costs a system call, so it is read by a timer, for
 * all writes of that time: `idle → poll due → idle`.
 */
export class WakeUp {
  readonly #mailbox: MailboxWriter
  readonly #link: ListenerLink
  #state: 'idle' | 'poll due' = 'idle'
  /** The number of the listener's sleep that this writer has rung for; see `Bell`. */
  #rungFor = 0
  /** Of the poll that is due, or of the last check that a log call made in its place; by the monotonic clock. */
  #dueSince = -Infinity
  #writes = 0
  /** The sleep that the listener was in when this thread has waited for it in vain. */
  #waitedInVainFor: number | undefined

  constructor(mailbox: MailboxWriter, link: ListenerLink) {
    this.#mailbox = mailbox
    this.#link = link
  }

  afterWrite(): void {
    const { bell } = this.#mailbox
    if (!bell.isCheapToRead) {
      this.#pollLater()
      return
    }
    this.#ringOnce(bell.sleepNumber())
    // Without a poll that is due, the event loop may have turned; the check does no harm then.
    this.#writes = (this.#writes + 1) % WRITES_PER_CLOCK
    if (this.#writes === 0) this.assureListener()
  }

  /**
   * Holds this thread up until the listener sleeps again, after it was rung for: it does so only when all lines that it
   * has found are in the log file. The event loop need not turn. Waits no second time for a listener that has not
   * stirred since.
   *
   * @param longest - in ms
   * @returns ms of them that are left
   */
  waitUntilCollected(longest: number): number {
    const { bell } = this.#mailbox
    let rungFor = bell.sleepNumber()
    if (rungFor === this.#waitedInVainFor) return longest
    this.#ringOnce(rungFor)
    for (let left = longest; left > 0; left -= WAIT_STEP_MS) {
      sleepFor(WAIT_STEP_MS)
      const sleep = bell.sleepNumber()
      if (sleep === 0 || sleep === rungFor) continue
      if (rungFor !== 0) {
        this.#waitedInVainFor = undefined
        return left
      }
      // It was awake, and may have fallen asleep just before the last line came.
      rungFor = sleep
      this.#ringOnce(sleep)
    }
    // A listener that is awake may have been another one.
    this.#waitedInVainFor = rungFor === 0 ? undefined : rungFor
    return 0
  }

  #ringOnce(sleep: number): void {
    if (sleep === 0 || sleep === this.#rungFor) return
    this.#rungFor = sleep
    this.#link.ring()
  }

  #pollLater(): void {
    if (this.#state === 'poll due') {
      this.assureListener()
      return
    }
    this.#state = 'poll due'
    this.#dueSince = monotonicNow()
    // Not an immediate: one that does not hold the process runs only after the next event, however late that comes.
    timers
      .setTimeout(() => {
        this.#state = 'idle'
        this.#ringOnce(this.#mailbox.bell.sleepNumber())
      }, POLL_MS)
      .unref()
  }

  /**
   * Checks for a listener, unless it was checked just now. For a log call that can't wait for a turn of the event loop:
   * the mailbox is full, or the loop has not turned since the poll became due. In threads of piscina and tinypool it may
   * never turn, since they wait for their next task without it; and the link can't notice then that the listener has
   * gone.
   */
  assureListener(): void {
    const now = monotonicNow()
    if (now - this.#dueSince < WITHOUT_TURN_MS) return
    this.#dueSince = now
    this.#link.assureListener()
  }
}
