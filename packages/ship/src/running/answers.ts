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
  #standsBy = false

  use(asked: Asked): void {
    this.#asked = asked
  }

  /** Another shipper does the work. */
  standBy(): void {
    this.#standsBy = true
  }

  /** Whether another shipper did the work until now. */
  get standsBy(): boolean {
    return this.#standsBy && !this.#asked
  }

  answer(socket: Socket): void {
    socket.on('error', () => {})
    socket.on('data', () => this.#asked?.wake())
    socket.end(this.#text())
  }

  /** Whether all of the log is shipped, or it can't be for now. */
  get isUpToDate(): boolean {
    if (!this.#asked) return false
    try {
      const status = this.#asked.status()
      if (status.state === 'in trouble') return true
      return status.state === 'shipping' && status.position !== undefined && status.position >= status.end
    } catch {
      // The log can't be read for now.
      return true
    }
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
