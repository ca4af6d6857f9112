import type { SinkNotice, SinkOptions, SinkStatus } from '@pino-funnel/channel'
import { Sinks } from './sinks.ts'

/** For sinks to take what waits. */
const CLOSING_MS = 5000

/** What sinks have to say, and to whom. */
export interface SinkFeedEvents {
  onNotice(notice: SinkNotice): void
  report(message: string): void
}

/**
 * Gives a log file's records to its sinks: these are started with the first record there is for them, and again after
 * they were closed.
 */
export class SinkFeed {
  readonly #events: SinkFeedEvents
  #options: readonly SinkOptions[]
  #sinks: Sinks | undefined
  /** While the listener is leaving: what is said of the sinks' closing must not open them again. */
  #isClosed = false
  /** Sets of sinks that still take what waits for them. */
  #closing = 0

  constructor(options: readonly SinkOptions[], events: SinkFeedEvents) {
    this.#options = options
    this.#events = events
  }

  /** From the next record on, these are the sinks. */
  adopt(options: readonly SinkOptions[]): void {
    this.#options = options
    this.close()
    this.open()
  }

  /** A worker is there: sinks are started with the next record. */
  open(): void {
    this.#isClosed = false
  }

  /** Never waits, never throws. The buffer is free again on return. */
  offer(lines: Buffer): void {
    if (this.#options.length === 0 || this.#isClosed) return
    this.#sinks ??= new Sinks(this.#options, {
      onNotice: (notice) => this.#events.onNotice(notice),
      report: (message) => this.#events.report(message),
    })
    this.#sinks.offer(lines)
  }

  /**
   * Lets the sinks take what waits, and ends them. What comes before `open` is not for them any more.
   *
   * @param deadline - ms
   */
  close(deadline: number = CLOSING_MS): void {
    this.#isClosed = true
    const sinks = this.#sinks
    if (!sinks) return
    this.#sinks = undefined
    this.#closing += 1
    void sinks.close(deadline).finally(() => (this.#closing -= 1))
  }

  /** Whether sinks that were closed still take what waits for them. */
  get isClosing(): boolean {
    return this.#closing > 0
  }

  /** Whether any sink runs, or takes what is left for it. */
  get isActive(): boolean {
    return this.#sinks !== undefined || this.isClosing
  }

  status(): SinkStatus[] {
    return this.#sinks?.status() ?? []
  }
}
