/** A logger whose level an operator can change while it runs: `pino-funnel level`. */
import { FunnelError } from '@pino-funnel/channel'
import type { Followed, FollowedLogger } from '@pino-funnel/level'
import { basename } from 'node:path'
import { Destination } from '../destination/destination.ts'
import { addFollower } from '../producer/followers.ts'
import { onceInThread } from '../worker/once-in-thread.ts'
import type { Outlet } from '../producer/outlet.ts'

/** What is needed of a logger of pino. */
interface Logger extends FollowedLogger {
  /** Of pino. */
  readonly version?: string
  on(event: 'level-change', listener: (...change: never[]) => void): unknown
}

/** Children between two sweeps of those that are gone. It doubles while they live. */
const FIRST_SWEEP = 1000

/** By logger. With two, one would take the level that the other has set for the application's. */
const followed = onceInThread('followed loggers', () => new WeakMap<object, FollowedPino>())

/**
 * Lets `pino-funnel level` change the level of a running logger, for a time. `pino-funnel/pool` does so by itself.
 *
 * ```js
 * const log = followLevel(pino(destination('logs/app.log')))
 * ```
 *
 * Children follow, too: those without a level of their own always, others when they were made, or got their level,
 * after this call. An order that is in force applies at once. A worker that does not yield obeys when it does. A logger
 * that follows already goes on as it is. A child that was made before follows, too, when it is given as well.
 *
 * @param logger - logs to `destination()`, also as one of several streams
 * @returns the logger
 * @throws FunnelError `FUNNEL_OPTION_INVALID` when it logs elsewhere, as it does with the transport config
 */
export function followLevel<T extends FollowedLogger>(logger: T): T {
  const { destination, entry } = destinationOf(logger)
  // In the development mode there is neither a channel nor an order.
  const outlet = destination['state'].outlets.find((each): each is Outlet => 'obeyLevels' in each)
  const former = followedOf(logger)
  if (former) former.follow(logger)
  else if (outlet) {
    const ofLogger = new FollowedPino(logger as T & Logger, destination, entry)
    followed.set(logger, ofLogger)
    addFollower(outlet.channelRoot, ofLogger)
    outlet.obeyLevels()
  }
  return logger
}

class FollowedPino implements Followed {
  onChange: Followed['onChange']
  readonly #root: Logger
  readonly #destination: Destination
  readonly #entry: StreamEntry | undefined
  readonly #seen = new WeakSet<object>()
  #children: WeakRef<FollowedLogger>[] = []
  #sweepAt = FIRST_SWEEP

  constructor(root: Logger, destination: Destination, entry: StreamEntry | undefined) {
    this.#root = root
    this.#destination = destination
    this.#entry = entry
    this.#seen.add(root)
    // pino emits it on the logger for each child that gets a level of its own: children have its listeners. If this is a
    // child, it may be emitted for its parent, too.
    root.on('level-change', (level: string, _: number, former: string, __: number, logger: Logger) => {
      if (followedOf(logger) !== this) return
      const isNew = !this.#seen.has(logger)
      if (isNew) this.#add(logger)
      this.onChange?.(logger, level, isNew && level === former && getsLevelAtBirth(logger))
    })
  }

  /** Adds a child that got its level before. */
  follow(child: FollowedLogger): void {
    if (this.#seen.has(child) || !hasOwnLevel(child)) return
    this.#add(child)
    this.onChange?.(child, child.level, false)
  }

  loggers(): FollowedLogger[] {
    if (this.#destination.destroyed) return []
    return [this.#root, ...this.#children.flatMap((child) => child.deref() ?? [])]
  }

  files(): string[] {
    return this.#destination['state'].outlets.map(({ file }) => basename(file))
  }

  obstacleTo(value: number): string | undefined {
    const least = this.#entry?.level
    if (typeof least !== 'number' || value >= least) return undefined
    return `its stream in pino.multistream() takes records of level ${least} and above only; give it the level 'trace'`
  }

  write(line: string): void {
    this.#destination.write(line)
  }

  #add(logger: FollowedLogger): void {
    this.#seen.add(logger)
    this.#children.push(new WeakRef(logger))
    if (this.#children.length < this.#sweepAt) return
    this.#children = this.#children.filter((child) => child.deref() !== undefined)
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#children.length * 2)
  }
}

/** What follows with this logger: its own, or that of the nearest logger that it is a child of. */
function followedOf(logger: object): FollowedPino | undefined {
  return prototypesOf(logger).flatMap((each) => followed.get(each) ?? [])[0]
}

/**
 * Whether `child()` gives this child a level also when that is its parent's: before pino 10 each, since then those with
 * `customLevels`.
 */
function getsLevelAtBirth(child: Logger): boolean {
  return parseInt(child.version ?? '', 10) < 10 || Object.hasOwn(child, 'levels')
}

function hasOwnLevel(logger: object): boolean {
  return Object.getOwnPropertySymbols(logger).some(({ description }) => description === 'pino.levelVal')
}

/** One of several streams. */
interface StreamEntry {
  readonly stream: unknown
  /** The least level that it takes, as a number. */
  readonly level?: unknown
}

/**
 * @returns `entry` where it is one of several streams
 * @throws FunnelError `FUNNEL_OPTION_INVALID`
 */
function destinationOf(logger: object): { destination: Destination; entry: StreamEntry | undefined } {
  const stream = streamOf(logger)
  if (stream instanceof Destination) return { destination: stream, entry: undefined }
  const entries = isMultistream(stream) ? stream.streams : []
  for (const entry of entries) if (entry.stream instanceof Destination) return { destination: entry.stream, entry }
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `followLevel() takes a logger that logs to destination() of pino-funnel, or to several streams with one; got ` +
      `${stream === undefined ? 'something that is not a logger of pino' : 'a logger that logs elsewhere'}. ` +
      `With pino's transport config, use pino(destination({ file })) instead.`,
  )
}

/** By its description: pino is not imported here, and an application may have several. */
function streamOf(logger: object): unknown {
  const symbol = prototypesOf(logger)
    .flatMap((holder) => Object.getOwnPropertySymbols(holder))
    .find(({ description }) => description === 'pino.stream')
  return symbol && (logger as Record<symbol, unknown>)[symbol]
}

/** An object and its prototypes: a logger of pino, and those that it is a child of. */
function prototypesOf(object: object): object[] {
  const chain: object[] = []
  for (let each: unknown = object; typeof each === 'object' && each !== null; each = Object.getPrototypeOf(each)) {
    chain.push(each)
  }
  return chain
}

function isMultistream(stream: unknown): stream is { readonly streams: readonly StreamEntry[] } {
  return typeof stream === 'object' && stream !== null && 'streams' in stream && Array.isArray(stream.streams)
}
