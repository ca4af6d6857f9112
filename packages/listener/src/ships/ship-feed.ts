/**
 * Shippers: processes that bring the log elsewhere, from its files.
 *
 * What always holds in this room: a shipper holds up nothing and is given nothing; it reads the files. The listener only
 * launches it, reports what it says, and lets it go on for a while when it ends itself. What is not shipped by then is
 * shipped by the next one.
 */
import type { LaunchedShipper as Report, ShipOptions } from '@pino-funnel/channel'
import { isDeepStrictEqual } from 'node:util'
import { LaunchedShipper, TICK_MS, type ShipperContext } from './launched-shipper.ts'

/** Time that closing shippers have to ship what the log has. One that can't ship ends at once. */
const CLOSING_MS = 30_000

/** The shippers of one log file. */
export class ShipFeed {
  readonly #context: ShipperContext
  #options: readonly ShipOptions[]
  #shippers: readonly LaunchedShipper[] = []
  #ticking: NodeJS.Timeout | undefined
  /** Whether the listener is leaving: a record about the closing of a shipper must not start the shippers again. */
  #isClosed = false
  /** Sets of closed shippers that have not ended yet. */
  #closing = 0

  constructor(options: readonly ShipOptions[], context: ShipperContext) {
    this.#options = options
    this.#context = context
  }

  /** Replaces the shippers. */
  adopt(options: readonly ShipOptions[]): void {
    if (isDeepStrictEqual(options.map(wanted), this.#options.map(wanted))) return
    this.close()
    this.#options = options
    this.open()
  }

  /** A worker has come. */
  open(): void {
    this.#isClosed = false
  }

  /** Starts the shippers, unless they run or the listener is leaving. Cheap: called in each cycle. */
  start(): void {
    if (this.#options.length === 0 || this.#isClosed || this.#shippers.length > 0) return
    this.#shippers = this.#options.map((options) => new LaunchedShipper(options, this.#context))
    const shippers = this.#shippers
    this.#ticking = setInterval(() => {
      for (const shipper of shippers) shipper.tick()
    }, TICK_MS)
    this.#ticking.unref()
  }

  /** Ends the shippers when they have shipped what the log has. @param deadline - ms; then they are killed */
  close(deadline: number = CLOSING_MS): void {
    this.#isClosed = true
    const shippers = this.#shippers
    if (shippers.length === 0) return
    this.#shippers = []
    this.#closing += 1
    // What they print is read until they have ended.
    const ticking = this.#ticking
    void Promise.all(shippers.map((shipper) => shipper.close(deadline))).finally(() => {
      clearInterval(ticking)
      this.#closing -= 1
    })
  }

  /** Whether closed shippers have not ended yet. */
  get isClosing(): boolean {
    return this.#closing > 0
  }

  /** Whether any shipper runs or is being closed. */
  get isActive(): boolean {
    return this.#shippers.length > 0 || this.isClosing
  }

  status(): Report[] {
    return this.#shippers.map((shipper) => shipper.status())
  }
}

/** What a worker has asked for: not where it is, nor where its packages are. */
function wanted({ name, settings }: ShipOptions): object {
  return { name, settings }
}
