/** What the rooms below the control server know of a client: where replies go, and what a flush is waiting for. */
import type { MailboxPosition, Reply } from '@pino-funnel/channel'

/** An open connection of a client. */
export interface Connection {
  send(reply: Reply): void
}

/** A worker waits until its mailbox is in the log file up to a position. */
export interface PendingFlush {
  readonly position: MailboxPosition
  /** By which it was asked for, and is answered. */
  readonly connection: Connection
  /** When it was asked for, by performance.now(). */
  readonly since: number
  /**
   * @param obstacle - why the flush can't be fulfilled; `undefined` when it is fulfilled
   * @param isLost - whether records that it waits for may be lost, so that another flush can't help
   */
  readonly answer: (obstacle?: string, isLost?: boolean) => void
}
