import type { Socket } from 'node:net'
import type { ShipStatus } from './status.ts'

export interface Asked {
  status(): ShipStatus
  /** An operator may have changed something. */
  wake(): void
}

/**
 * Answers each connection with the status, as one line of JSON. A connection wakes the shipper only by a byte: those that
 * wait for its place connect again and again.
 */
export class Answers {
  #asked: Asked | undefined

  use(asked: Asked): void {
    this.#asked = asked
  }

  answer(socket: Socket): void {
    socket.on('error', () => {})
    socket.on('data', () => this.#asked?.wake())
    socket.end(this.#text())
  }

  #text(): string {
    try {
      return this.#asked ? `${JSON.stringify(this.#asked.status())}\n` : ''
    } catch {
      // The log can't be read for now.
      return ''
    }
  }
}
