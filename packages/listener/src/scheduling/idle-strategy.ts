/**
 * How long to pause between passes while mailboxes are active. The name is Agrona's, for the same question.
 */

/** What a record waits at most while records are coming, and the time in which a batch gathers. */
const SHORTEST_MS = 2
/**
 * The pause is so many times what a pass takes, so that passes take a tenth of a core at most. With many workers most
 * mailboxes have no new line after 2 ms, since the workers themselves wait for a processor.
 */
const PAUSE_PER_PASS = 9
const LONGEST_MS = 20

export class IdleStrategy {
  #lastPassMs = 0

  /**
   * The shorter one of the last two passes that were followed by a pause counts: the other may have waited for the disk
   * or a processor, and no record is to wait for that once more.
   *
   * @param passMs - what the last pass took
   * @returns ms
   */
  pauseAfter(passMs: number): number {
    const usualMs = Math.min(passMs, this.#lastPassMs)
    this.#lastPassMs = passMs
    return Math.min(Math.max(SHORTEST_MS, usualMs * PAUSE_PER_PASS), LONGEST_MS)
  }
}
