/**
 * How a mailbox is read.
 *
 *     asleep ──wake()──▶ active ──doze()──▶ dozing ──sleep()──▶ asleep
 *                          ▲                  │
 *                          └──────wake()──────┘
 *
 * The bell of the mailbox is set between `active` and `dozing`; the one pass that follows finds what was written before
 * the writer could see the bell.
 */

/**
 * - `active`: read in every pass
 * - `dozing`: read in one more pass, since its bell was just set to asleep
 * - `asleep`: read when its writer rings, and polled now and then
 */
export type ReadingState = 'active' | 'dozing' | 'asleep'

/** Dry passes in a row before a mailbox dozes. A worker that logs every few tens of ms stays active. */
const PASSES_UNTIL_DOZING = 25

export class ReadState {
  #state: ReadingState = 'asleep'
  #isDry = false
  /** Dry passes in a row, of those that came after a pause. */
  #dryPasses = 0
  #polls = 0

  get state(): ReadingState {
    return this.#state
  }

  /** Whether the last pass found no line, so that no line waits that would have to be read again after trouble. */
  get isDry(): boolean {
    return this.#isDry
  }

  /** Whether the mailbox has been dry for so long that its writer should ring. */
  get isDueToDoze(): boolean {
    return this.#state === 'active' && this.#dryPasses >= PASSES_UNTIL_DOZING
  }

  /** Fallback polls that the mailbox has slept through. */
  get polls(): number {
    return this.#polls
  }

  /**
   * The mailbox has to be read: its writer has rung, or a poll has found something.
   *
   * @returns whether it was not active before
   */
  wake(): boolean {
    const wasActive = this.#state === 'active'
    this.#state = 'active'
    // Nothing follows from an earlier pass that found no line.
    this.#isDry = false
    this.#dryPasses = 0
    this.#polls = 0
    return !wasActive
  }

  /** A pass has read the mailbox and found lines. */
  foundLines(): void {
    this.#isDry = false
    this.#dryPasses = 0
  }

  /** A pass has found a line that it has no room for. */
  foundNoRoom(): void {
    this.#isDry = false
  }

  /** A pass has found no line, or could not read. */
  foundNothing(): void {
    this.#isDry = true
  }

  /** A pass is over that found nothing. To be counted only after a pause: a pass that comes at once finds nothing. */
  countDryPass(): void {
    this.#dryPasses += 1
  }

  /** The bell says now that the writer has to ring. */
  doze(): void {
    this.#state = 'dozing'
  }

  sleep(): void {
    this.#state = 'asleep'
  }

  /** A fallback poll has come to the mailbox while it is asleep. */
  countPoll(): void {
    this.#polls += 1
  }
}
