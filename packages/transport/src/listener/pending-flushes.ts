import type { FunnelError, MailboxPosition } from '@pino-funnel/channel'
import { nextTick } from '@pino-funnel/channel/captured'

interface PendingFlush {
  readonly position: MailboxPosition
  readonly done: (error?: FunnelError) => void
}

/** Flushes that the listener has not answered, by the number of the request. They outlive a connection. */
export class PendingFlushes {
  readonly #flushes = new Map<number, PendingFlush>()
  #lastRequest = 0

  get size(): number {
    return this.#flushes.size
  }

  /** @returns the number of the request */
  add(position: MailboxPosition, done: PendingFlush['done']): number {
    const request = (this.#lastRequest += 1)
    this.#flushes.set(request, { position, done })
    return request
  }

  /** Each one that has to be asked for again on a new connection. */
  *requests(): Iterable<readonly [number, MailboxPosition]> {
    for (const [request, { position }] of this.#flushes) yield [request, position]
  }

  remove(request: number): void {
    this.#flushes.delete(request)
  }

  /** An exception of the application's callback is the application's, and must not end the connection. */
  resolve(request: number, error?: FunnelError): void {
    const flush = this.#flushes.get(request)
    this.#flushes.delete(request)
    if (flush) nextTick(flush.done, error)
  }

  /** Gives all of them up with an error. */
  fail(error: FunnelError): void {
    for (const { done } of this.#flushes.values()) nextTick(done, error)
    this.#flushes.clear()
  }

  clear(): void {
    this.#flushes.clear()
  }
}
