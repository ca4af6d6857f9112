import type { SinkNotice, SinkOptions, SinkStatus } from '@pino-funnel/channel'
import { isDeepStrictEqual } from 'node:util'
import { Sinks } from './sinks.ts'

/** Time that closing sinks have to take the lines that wait. */
const CLOSING_MS = 5000

export interface SinkFeedEvents {
  /** Puts a record into the log. */
  onNotice(notice: SinkNotice): void
  /** A line to stderr. */
  report(message: string): void
}

/** Gives the records of a log file to its sinks. The first record starts the sinks, also after they were closed. */
export class SinkFeed {
  readonly #events: SinkFeedEvents
  #options: readonly SinkOptions[]
  #sinks: Sinks | undefined
  /** Whether the listener is leaving: a record about the closing of a sink must not start the sinks again. */
  #isClosed = false
  /** Sets of closed sinks that still take the lines that wait for them. */
  #closing = 0

  constructor(options: readonly SinkOptions[], events: SinkFeedEvents) {
    this.#options = options
    this.#events = events
  }

  /** Replaces the sinks, from the next record on. Those that are wanted as they are run on. */
  adopt(options: readonly SinkOptions[]): void {
    if (!isDeepStrictEqual(options.map(wanted), this.#options.map(wanted))) {
      this.close()
    }
    this.#options = options
    this.open()
  }

  /** A worker has come: the next record starts the sinks. */
  open(): void {
    this.#isClosed = false
  }

  /** Never waits, never throws. The caller may reuse the buffer after the call. */
  offer(lines: Buffer): void {
    if (this.#options.length === 0 || this.#isClosed) return
    this.#sinks ??= new Sinks(this.#options, {
      onNotice: (notice) => this.#events.onNotice(notice),
      report: (message) => this.#events.report(message),
    })
    this.#sinks.offer(lines)
  }

  /**
   * Ends the sinks when they have taken the lines that wait. Later lines are not offered to them before `open`.
   *
   * @param deadline - ms; lines that a sink has not taken by then are dropped
   */
  close(deadline: number = CLOSING_MS): void {
    this.#isClosed = true
    const sinks = this.#sinks
    if (!sinks) return
    this.#sinks = undefined
    this.#closing += 1
    void sinks.close(deadline).finally(() => (this.#closing -= 1))
  }

  /** Whether closed sinks still take the lines that wait for them. */
  get isClosing(): boolean {
    return this.#closing > 0
  }

  /** Whether any sink runs or is being closed. */
  get isActive(): boolean {
    return this.#sinks !== undefined || this.isClosing
  }

  status(): SinkStatus[] {
    return this.#sinks?.status() ?? []
  }
}

/** The directory where a worker was started is not a request. */
function wanted(options: SinkOptions): object {
  return { ...options, directory: '' }
}
