import { MAX_ERROR_CHARACTERS, noticeLine, textOf, type WorkerName } from '@pino-funnel/channel'
import { monotonicNow, timers } from '@pino-funnel/channel/captured'
import { isFor, msLeft, type LevelOrder } from './level-order.ts'
import { ordersIn } from './orders.ts'
import { OrderedLevels, type Followed } from './ordered-levels.ts'

/** What a worker answers about its levels: see the control message `follows`. */
export interface Obeyed {
  readonly level: string | null
  readonly until: number | null
  readonly error: string | null
}

const OWN: Obeyed = { level: null, until: null, error: null }

/** The loggers of one thread that follow the orders of one channel. */
export class OrderFollower {
  readonly #worker: WorkerName
  readonly #followed: () => Iterable<Followed>
  readonly #levels = new WeakMap<Followed, OrderedLevels>()
  /** Ends by the monotonic clock, by id. A known one stays, so that a clock that is set does not change it. */
  #ends = new Map<string, number>()
  #orders: readonly LevelOrder[] = []
  #timer: NodeJS.Timeout | undefined

  /**
   * @param worker - this thread
   * @param followed - its loggers that follow
   */
  constructor(worker: WorkerName, followed: () => Iterable<Followed>) {
    this.#worker = worker
    this.#followed = followed
  }

  /**
   * Reads the orders, and obeys them.
   *
   * @param directory - `levels` of the channel
   */
  obey(directory: string): Obeyed {
    const { worker: pid, thread: threadId, pool = null, slot = null } = this.#worker
    this.#orders = ordersIn(directory).filter((order) => isFor(order, { pid, threadId, pool, slot }))
    const now = monotonicNow()
    this.#ends = new Map(this.#orders.map((order) => [order.id, this.#ends.get(order.id) ?? now + msLeft(order)]))
    return this.#apply()
  }

  /** The youngest order counts. */
  #apply(): Obeyed {
    const now = monotonicNow()
    const orders = this.#orders.filter(({ id }) => (this.#ends.get(id) ?? 0) > now)
    let obeyed = OWN
    for (const followed of this.#followed()) {
      const files = followed.files()
      const order = orders.findLast(({ file }) => file === null || files.includes(file))
      const error = this.#try(followed, order)
      if (order && (error === undefined || obeyed === OWN)) {
        obeyed = { level: error === undefined ? order.level : null, until: order.until, error: error ?? null }
      }
    }
    this.#awaitEnd(orders, now)
    return obeyed
  }

  /**
   * A listener of the event `level-change` is the application's, and may throw anything.
   *
   * @returns why the logger has not obeyed, as short as a control message needs it
   */
  #try(followed: Followed, order: LevelOrder | undefined): string | undefined {
    try {
      return this.#levelsOf(followed).obey(order)?.slice(0, MAX_ERROR_CHARACTERS)
    } catch (error) {
      return textOf(error).slice(0, MAX_ERROR_CHARACTERS)
    }
  }

  #awaitEnd(orders: readonly LevelOrder[], now: number): void {
    timers.clearTimeout(this.#timer)
    const ends = orders.map(({ id }) => this.#ends.get(id) ?? now)
    if (ends.length > 0) this.#timer = timers.setTimeout(() => this.#apply(), Math.min(...ends) - now).unref()
  }

  #levelsOf(followed: Followed): OrderedLevels {
    const levels = this.#levels.get(followed) ?? this.#newLevels(followed)
    this.#levels.set(followed, levels)
    return levels
  }

  #newLevels(followed: Followed): OrderedLevels {
    return new OrderedLevels(followed, (level, order) => {
      const until = order?.until ?? null
      followed.write(noticeLine({ event: 'level', ...this.#worker, level, until, by: order?.by ?? null }))
    })
  }
}
