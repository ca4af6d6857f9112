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

/** Time that closing shippers have to ship what the log has. */
const CLOSING_MS = 30_000
/**
 * Ms for which a shipper tries an engine that is away when the listener leaves: the deploy that has ended the workers may be
 * starting the engine, too. Docker kills after 10 s.
 */
const AWAY_MS = 5000
/** A log that no worker writes any longer: its shippers end after a while. Another worker may come at once. */
const IDLE_MS = 10_000
/** They have as long as they need, but that the listener must not wait for ever for one that hangs. */
const IDLE_CLOSING_MS = 60 * 60_000

/** The shippers of one log file. */
export class ShipFeed {
  readonly #context: ShipperContext
  #options: readonly ShipOptions[]
  #shippers: readonly LaunchedShipper[] = []
  #ticking: NodeJS.Timeout | undefined
  /** Whether the listener is leaving: a record about the closing of a shipper must not start the shippers again. */
  #isClosed = false
  /** Closed shippers that have not ended yet. */
  readonly #closing = new Set<LaunchedShipper>()
  /** Since when no worker writes the log, by performance.now(). */
  #idleSince: number | undefined

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

  /**
   * Ends the shippers when they have shipped what the log has.
   *
   * @param deadline - ms; then they are killed
   * @param patience - ms for which one tries an engine that is away
   */
  close(deadline: number = CLOSING_MS, patience: number = AWAY_MS): void {
    this.#isClosed = true
    for (const shipper of this.#closing) shipper.hurry(deadline, patience)
    const shippers = this.#shippers
    if (shippers.length === 0) return
    this.#shippers = []
    // What they print is read until they have ended.
    const ticking = this.#ticking
    const closed = shippers.map(async (shipper) => {
      this.#closing.add(shipper)
      await shipper.close(deadline, patience)
      this.#closing.delete(shipper)
    })
    void Promise.all(closed).finally(() => clearInterval(ticking))
  }

  /**
   * Ends the shippers of a log that no worker writes any longer, when they have shipped what it has. To be called now
   * and then. One that is in trouble goes on: no worker may ever come again to start it.
   */
  closeIfIdle(hasWriters: boolean): void {
    if (hasWriters || this.#shippers.length === 0) {
      this.#idleSince = undefined
      return
    }
    this.#idleSince ??= performance.now()
    const isIdle = performance.now() - this.#idleSince >= IDLE_MS
    if (isIdle && this.#shippers.every(({ isWell }) => isWell)) this.close(IDLE_CLOSING_MS, IDLE_CLOSING_MS)
  }

  /** Whether closed shippers have not ended yet. */
  get isClosing(): boolean {
    return this.#closing.size > 0
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
