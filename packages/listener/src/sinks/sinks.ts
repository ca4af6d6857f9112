/**
 * Sinks: further destinations of the records in the log file, each with a process of its own.
 *
 * What always holds in this room: no sink holds up the log file. `offer` copies lines into a queue of bounded memory,
 * and returns. A sink that is slow, hangs, dies or can't be started loses records, which are counted, and harms nothing
 * else. Each record is given to a sink once at most, in the order of the log.
 */
import type { SinkOptions, SinkStatus } from '@pino-funnel/channel'
import { Sink, TICK_MS, type SinkContext } from './sink.ts'

/** All sinks of one log file. */
export class Sinks {
  readonly #sinks: readonly Sink[]
  #ticking: NodeJS.Timeout | undefined

  /** Starts their processes. */
  constructor(options: readonly SinkOptions[], context: SinkContext) {
    this.#sinks = options.map((sink) => new Sink(sink, context))
    if (this.#sinks.length === 0) return
    this.#ticking = setInterval(() => {
      for (const sink of this.#sinks) sink.tick()
    }, TICK_MS)
    this.#ticking.unref()
  }

  /** Offers whole lines to each sink. Never waits, never throws. The caller may reuse the buffer after the call. */
  offer(lines: Buffer): void {
    for (const sink of this.#sinks) sink.offer(lines)
  }

  status(): SinkStatus[] {
    return this.#sinks.map((sink) => sink.status())
  }

  /**
   * Ends the sinks when they have taken the lines that wait, and have flushed.
   *
   * @param deadline - ms; lines that a sink has not taken by then are dropped, and its process is killed
   */
  async close(deadline: number): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.close(deadline)))
    clearInterval(this.#ticking)
  }
}
