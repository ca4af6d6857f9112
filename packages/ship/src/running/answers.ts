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

  /** What keeps it from shipping for now. */
  get waitsFor(): 'leader' | 'log' | 'engine' | 'none' {
    if (this.#waitsFor !== 'none' || !this.#asked) return this.#waitsFor
    try {
      return this.#asked.status().state === 'in trouble' ? 'engine' : 'none'
    } catch {
      // It can't be read for now.
      return 'log'
    }
  }

  /** Lets it try again at once. */
  wake(): void {
    this.#asked?.wake()
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

  /** Whether all of the log is shipped. */
  get isUpToDate(): boolean {
    if (!this.#asked || this.#waitsFor !== 'none') return false
    try {
      const { state, position, end } = this.#asked.status()
      return state === 'shipping' && position !== undefined && position >= end
    } catch {
      // The log can't be read for now.
      return false
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
