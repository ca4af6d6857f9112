import type { LevelOrder } from './level-order.ts'

/** What is needed of a logger of pino. */
export interface FollowedLogger {
  level: string
  readonly levels: { readonly values: Readonly<Record<string, number>> }
}

/** A logger that follows, with its children. */
export interface Followed {
  /** The logger first, then those of its children that have a level of their own. */
  loggers(): Iterable<FollowedLogger>
  /** Names of the log files that it writes to. */
  files(): readonly string[]
  /**
   * Why records of a level don't come into its log, although the logger has the level; `undefined` when they do.
   *
   * @param value - of the level
   */
  obstacleTo(value: number): string | undefined
  /** Writes a line into its log. */
  write(line: string): void
  /** Called when the application or `child()` has set a level. `isInherited`: `child()` has set that of the parent. */
  onChange: ((logger: FollowedLogger, level: string, isInherited: boolean) => void) | undefined
}

/**
 * The levels of a logger and its children while an order is in force, and those of the application, which come back.
 *
 * A level that the application sets meanwhile is kept, and comes back in the end as well.
 */
export class OrderedLevels {
  readonly #followed: Pick<Followed, 'loggers' | 'onChange' | 'obstacleTo'>
  readonly #report: (level: string, order: LevelOrder | undefined) => void
  #order: LevelOrder | undefined
  /** What the application has set, for loggers that have the order's level now. */
  readonly #own = new WeakMap<object, string>()
  #isSetting = false

  /** @param report - gets the new level of the logger, and the order if one is in force */
  constructor(
    followed: Pick<Followed, 'loggers' | 'onChange' | 'obstacleTo'>,
    report: (level: string, order: LevelOrder | undefined) => void,
  ) {
    this.#followed = followed
    this.#report = report
  }

  /**
   * @param order - in force; `undefined` for none
   * @returns why the logger can't obey; it has its own level then
   * @throws the first error of a listener of the event `level-change`; all loggers have their level all the same
   */
  obey(order: LevelOrder | undefined): string | undefined {
    const [root] = this.#followed.loggers()
    if (!root) return undefined
    const obstacle = order && this.#obstacleTo(order.level, root)
    this.#change(obstacle === undefined ? order : undefined, root)
    return obstacle
  }

  #obstacleTo(level: string, { levels }: FollowedLogger): string | undefined {
    const value = levels.values[level]
    if (!Object.hasOwn(levels.values, level) || value === undefined) {
      return `it has no level '${level}'; it has ${Object.keys(levels.values).join(', ')}`
    }
    return this.#followed.obstacleTo(value)
  }

  #change(order: LevelOrder | undefined, root: FollowedLogger): void {
    if (order?.id === this.#order?.id) return
    this.#order = order
    this.#followed.onChange =
      order && ((logger, level, isInherited) => this.#onChange(logger, level, isInherited, order))
    const errors: unknown[] = []
    for (const logger of this.#followed.loggers()) {
      try {
        if (order) this.#override(logger, logger.level, order)
        else this.#restore(logger)
      } catch (error) {
        errors.push(error)
      }
    }
    this.#report(root.level, order)
    if (errors.length > 0) throw errors[0]
  }

  #onChange(logger: FollowedLogger, level: string, isInherited: boolean, order: LevelOrder): void {
    if (this.#isSetting) return
    const isOfOrder = isInherited && level === order.level
    this.#override(logger, isOfOrder ? (this.#ownOfParent(logger) ?? level) : level, order, 'again')
  }

  #override(logger: FollowedLogger, own: string, order: LevelOrder, when: 'first' | 'again' = 'first'): void {
    if (when === 'again' || !this.#own.has(logger)) this.#own.set(logger, own)
    if (knows(logger, order.level)) this.#set(logger, order.level)
  }

  #restore(logger: FollowedLogger): void {
    const own = this.#own.get(logger)
    this.#own.delete(logger)
    if (own !== undefined) this.#set(logger, own)
  }

  #set(logger: FollowedLogger, level: string): void {
    this.#isSetting = true
    try {
      logger.level = level
    } finally {
      this.#isSetting = false
    }
  }

  /** A child of pino has its parent as its prototype. */
  #ownOfParent(child: object): string | undefined {
    for (let parent: unknown = child; typeof parent === 'object' && parent !== null;) {
      parent = Object.getPrototypeOf(parent)
      const own = typeof parent === 'object' && parent !== null ? this.#own.get(parent) : undefined
      if (own !== undefined) return own
    }
    return undefined
  }
}

function knows({ levels }: FollowedLogger, level: string): boolean {
  return Object.hasOwn(levels.values, level)
}
