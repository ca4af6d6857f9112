import { FunnelError } from '../util/errors.ts'
import { NEWLINE } from '../util/newline.ts'

/**
 * Cuts a stream of bytes into the lines of control messages, wherever the chunks happen to end. Holds at most one
 * unfinished message of bounded length.
 */
export class MessageDecoder {
  readonly #limit: number
  #held: Buffer[] = []
  #heldBytes = 0

  /** @param limit - the longest message accepted, in bytes */
  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * @returns the messages that `chunk` completes, without their newline
   * @throws FunnelError `FUNNEL_MESSAGE_TOO_LONG`; the stream can't be understood any further then
   */
  push(chunk: Buffer): string[] {
    const messages: string[] = []
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#hold(chunk.subarray(from, end))
      messages.push(this.#release())
      from = end + 1
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from))
    return messages
  }

  #hold(bytes: Buffer): void {
    this.#heldBytes += bytes.length
    if (this.#heldBytes > this.#limit) {
      throw new FunnelError(
        'FUNNEL_MESSAGE_TOO_LONG',
        `A control message has more than ${this.#limit} bytes; the connection is closed.`,
      )
    }
    this.#held.push(bytes)
  }

  #release(): string {
    const message = Buffer.concat(this.#held).toString('utf8')
    this.#held = []
    this.#heldBytes = 0
    return message
  }
}
