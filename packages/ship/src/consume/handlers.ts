import type { ReceivedBatch } from '../engines/message.ts'

/** A message that is not a batch. */
export interface ForeignMessage {
  /** Its subject or key. */
  readonly place: string
  /** Its sequence or id there. */
  readonly token: string
}

/** What becomes of the messages of an engine. */
export interface Handlers {
  take(batch: ReceivedBatch): Promise<void>
  /** @throws Error when such a message ends the consuming */
  leaveOut(error: unknown, message: ForeignMessage): void
}

/** @returns `undefined` for a message that is left out */
export async function readOrLeaveOut(
  read: Promise<ReceivedBatch>,
  message: ForeignMessage,
  handlers: Handlers,
): Promise<ReceivedBatch | undefined> {
  try {
    return await read
  } catch (error) {
    handlers.leaveOut(error, message)
    return undefined
  }
}
