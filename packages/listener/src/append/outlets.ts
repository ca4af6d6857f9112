import type { LogFileStatus, LogOptions, Notice } from '@pino-funnel/channel'
import { ShipFeed } from '../ships/ship-feed.ts'
import { SinkFeed } from '../sinks/sink-feed.ts'

export interface OutletsContext {
  /** The live file. Absolute. */
  readonly file: string
  /** Directory of the log's channel. */
  readonly channelDir: string
  /** Puts a record into the log. */
  notify(this: void, notice: Notice): void
  /** A line to stderr. */
  report(this: void, message: string): void
}

/** Where the records of a log file go beside it: sinks get them, shippers read them in the file. */
export class Outlets {
  readonly #sinks: SinkFeed
  readonly #ships: ShipFeed

  constructor({ sinks, ships }: LogOptions, { file, channelDir, notify: onNotice, report }: OutletsContext) {
    this.#sinks = new SinkFeed(sinks, { onNotice, report })
    this.#ships = new ShipFeed(ships, { file, channelDir, onNotice, report })
  }

  adopt({ sinks, ships }: LogOptions): void {
    this.#sinks.adopt(sinks)
    this.#ships.adopt(ships)
  }

  /** A worker has come. */
  open(): void {
    this.#sinks.open()
    this.#ships.open()
  }

  /** The log is collected: shippers start. */
  start(): void {
    this.#ships.start()
  }

  /**
   * Gives lines to the sinks, each once at most: not what was in doubt and had to be resolved. Never waits, never
   * throws. The caller may reuse the buffer after the call.
   */
  offer(lines: Buffer): void {
    this.#sinks.offer(lines)
  }

  /** Lets sinks take what waits, and shippers ship it, and ends them. @param deadline - ms; some seconds when left out */
  close(deadline?: number): void {
    this.#sinks.close(deadline)
    this.#ships.close(deadline)
  }

  /** Ends the shippers of a log that no worker writes any longer. To be called now and then. */
  closeIfIdle(hasWriters: boolean): void {
    this.#ships.closeIfIdle(hasWriters)
  }

  /** Whether what was closed has not ended yet. */
  get isClosing(): boolean {
    return this.#sinks.isClosing || this.#ships.isClosing
  }

  /** Whether any sink or shipper runs or is being closed. */
  get isActive(): boolean {
    return this.#sinks.isActive || this.#ships.isActive
  }

  status(): Pick<LogFileStatus, 'sinks' | 'shippers'> {
    return { sinks: this.#sinks.status(), shippers: this.#ships.status() }
  }
}
