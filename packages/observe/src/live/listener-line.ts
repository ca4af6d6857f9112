import {
  encodeMessage,
  listenerSocketName,
  MAX_REPLY_BYTES,
  parseReply,
  proveLife,
  readListenerRecord,
  receive,
  type Channel,
  type ListenerStatus,
} from '@pino-funnel/channel'
import type { Socket } from 'node:net'
import { ANSWER_MS, HELLO } from './listener-client.ts'

/** `ended`: the connection; the next listener may be there. `silent`: the listener lives, and has not answered in time. */
type Answer = ListenerStatus | 'ended' | 'silent'

/** A connection over which the listener is asked again and again: a new one for each question costs more than its answer. */
export class ListenerLine {
  readonly #channel: Channel
  #socket: Socket | undefined
  /** Gets the answer to the question that is asked. */
  #onAnswer: (answer: Answer) => void = () => {}
  /** Whether an answer is still to come: it is one to the next question, too. A silent listener is not asked again. */
  #isAsked = false

  constructor(channel: Channel) {
    this.#channel = channel
  }

  /**
   * Not before the last question has been answered.
   *
   * @param signal - does not wait any longer
   * @returns `undefined` without a listener that answers
   */
  async status(signal?: AbortSignal): Promise<ListenerStatus | undefined> {
    const kept = await this.#ask(this.#socket, signal)
    const answer = kept === 'ended' ? await this.#ask(await this.#connect(), signal) : kept
    return typeof answer === 'string' ? undefined : answer
  }

  /** Whether the listener lives, be it silent. */
  get isConnected(): boolean {
    return this.#socket?.destroyed === false
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #ask(socket: Socket | undefined, signal: AbortSignal | undefined): Promise<Answer> {
    if (!socket || socket.destroyed) return Promise.resolve('ended')
    return new Promise((resolve) => {
      const settle = (answer: Answer): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', giveUp)
        this.#onAnswer = () => {}
        resolve(answer)
      }
      const giveUp = (): void => settle('silent')
      const timer = setTimeout(giveUp, ANSWER_MS)
      this.#onAnswer = settle
      if (signal?.aborted) return giveUp()
      signal?.addEventListener('abort', giveUp, { once: true })
      if (!this.#isAsked) socket.write(encodeMessage({ type: 'status' }))
      this.#isAsked = true
    })
  }

  async #connect(): Promise<Socket | undefined> {
    const { directory } = this.#channel
    const epoch = readListenerRecord(this.#channel)?.epoch
    const evidence = epoch === undefined ? undefined : await proveLife(directory, listenerSocketName(epoch))
    const socket = evidence?.life === 'alive' ? evidence.socket : undefined
    this.#socket = socket
    this.#isAsked = false
    socket?.on('close', () => {
      if (this.#socket === socket) this.#onAnswer('ended')
    })
    if (!socket) return undefined
    receive(
      socket,
      MAX_REPLY_BYTES,
      parseReply,
      (reply) => {
        if (reply.type !== 'status') return
        this.#isAsked = false
        this.#onAnswer(reply.status)
      },
      () => {},
    )
    socket.write(encodeMessage(HELLO))
    return socket
  }
}
