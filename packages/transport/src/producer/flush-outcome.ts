import { comparePositions, type FunnelError, type MailboxPosition } from '@pino-funnel/channel'

/**
 * Decides whether the next flush of an outlet fails. Lines that no flush was answered for may go with a mailbox that is moved
 * or deleted; a flush fails for them once, since the application knows then.
 */
export class FlushOutcome {
  /** All lines of the mailbox before it are in the log file. */
  #written: MailboxPosition
  #loss: FunnelError | undefined

  /** @param start - the position of a mailbox without lines */
  constructor(start: MailboxPosition) {
    this.#written = start
  }

  get hasLoss(): boolean {
    return this.#loss !== undefined
  }

  noteWritten(position: MailboxPosition): void {
    if (comparePositions(position, this.#written) > 0) this.#written = position
  }

  /**
   * Another mailbox takes the place of one that is gone.
   *
   * @param end - of the one that is gone
   * @param start - of the new one
   */
  noteGone(end: MailboxPosition, start: MailboxPosition, gone: FunnelError): void {
    if (comparePositions(end, this.#written) > 0) this.#loss = gone
    this.#written = start
  }

  /** A flush that was pending has failed. */
  noteReported(error: FunnelError): void {
    if (error === this.#loss) this.#loss = undefined
  }

  takeLoss(): FunnelError | undefined {
    const loss = this.#loss
    this.#loss = undefined
    return loss
  }
}
