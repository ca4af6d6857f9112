/** Between passes while records are coming: what a record waits at most, and time for a batch to gather. */
const SHORTEST_MS = 2
/**
 * With many workers most mailboxes have nothing new after 2 ms, since the workers themselves wait for a processor: the
 * pause is so many times what a pass takes, so that looking takes a tenth of a core at most.
 */
const PAUSE_PER_PASS = 9
const LONGEST_MS = 20

/** How long to pause between passes over mailboxes that are watched. */
export class WatchPace {
  #lastPassMs = 0

  /**
   * Of the last two passes that were followed by a pause the shorter one counts: the other may have had to wait, for the
   * disk or a processor, and no record is to wait for that once more.
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
