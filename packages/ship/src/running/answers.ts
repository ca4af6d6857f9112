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
  #waitsFor: 'leader' | 'log' | 'none' = 'none'

  use(asked: Asked): void {
    this.#asked = asked
    this.#waitsFor = 'none'
  }

  /** Another shipper does the work, or there is no log yet. */
  wait(cause: 'leader' | 'log'): void {
    this.#waitsFor = cause
  }

  get waitsFor(): 'leader' | 'log' | 'none' {
    return this.#waitsFor
  }

  answer(socket: Socket): void {
    socket.on('error', () => {})
    socket.on('data', () => this.#asked?.wake())
    socket.end(this.#text())
  }

  /** Whether this process has shipped something, or found that all is shipped. */
  get ships(): boolean {
    try {
      const status = this.#asked?.status()
      if (status?.state !== 'shipping' || status.trouble !== undefined) return false
      return status.batches > 0 || (status.position ?? 0) >= status.end
    } catch {
      // The log can't be read for now.
      return false
    }
  }

  /** Whether all of the log is shipped, or it can't be for now. */
  get isUpToDate(): boolean {
    if (!this.#asked) return false
    if (this.#waitsFor !== 'none') return false
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
