/**
 * Sinks: places that records go to besides the log file, each with a process of its own.
 *
 * What always holds: no sink holds up the log file. `offer` copies into a queue of bounded memory and returns; a sink
 * that is slow, hangs, dies or can't be started loses records, which are counted, and nothing else. Each record is given
 * to a sink once at most, in the order of the log.
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

  /** Offers whole lines that are in the log to each sink. Never waits, never throws. The buffer is free again on return. */
  offer(lines: Buffer): void {
    for (const sink of this.#sinks) sink.offer(lines)
  }

  status(): SinkStatus[] {
    return this.#sinks.map((sink) => sink.status())
  }

  /**
   * Lets the sinks take what waits, and flush, and ends them.
   *
   * @param deadline - ms; what a sink has not taken by then is dropped, and its process is killed
   */
  async close(deadline: number): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.close(deadline)))
    clearInterval(this.#ticking)
  }
}
