/** Merges several logs, such as those of `logs/{level}.log`, by the times of their records. */
import { setTimeout as delay } from 'node:timers/promises'
import type { LogLine } from './reading/portion.ts'
import { timeOfLine } from './line-time.ts'

export interface MergeOptions {
  /**
   * How long a line waits for older ones of another log that has none at the moment, in ms. `Infinity` is right for logs
   * that are not followed: each of them ends, and the order is exact however slowly one is read.
   *
   * @defaultValue 100
   */
  readonly wait?: number
  /** Logs that appear later, such as the first `error.log` of `{level}.log`. The merge lasts until none can come. */
  readonly later?: AsyncIterable<AsyncIterable<LogLine>>
}

const DEFAULT_WAIT_MS = 100
/** A timer can't wait longer; it would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

interface Head {
  readonly lines: AsyncIterator<LogLine>
  /** Whether the line that comes next is being read. */
  isReading: boolean
  line: LogLine | undefined
  time: number
  isOver: boolean
  /** Why it can't be read. */
  failure: { readonly error: unknown } | undefined
  /** It had no line when one was waited for, and makes no line wait until it has one again. */
  isIdle: boolean
}

/**
 * One sequence of the lines of several logs, in the order of the times of their records. Lines of one log keep their
 * order. A line without a time stays behind the one before it.
 *
 * @example
 * ```js
 * const logs = [readLog('logs/info.log'), readLog('logs/error.log')]
 * for await (const line of mergeByTime(logs, { wait: Infinity })) …
 * ```
 */
export async function* mergeByTime(
  logs: readonly AsyncIterable<LogLine>[],
  { wait = DEFAULT_WAIT_MS, later }: MergeOptions = {},
): AsyncGenerator<LogLine, void, void> {
  const heads = logs.map(headOf)
  const bell = new Bell()
  const arrivals = later && new Arrivals(later, (log) => heads.push(headOf(log)), bell)
  try {
    for (;;) {
      const first = await earliest(heads, { arrivals, bell, wait })
      if (!first?.line) return
      const { line } = first
      first.line = undefined
      yield line
    }
  } finally {
    arrivals?.end()
    for (const { lines, isReading } of heads) {
      const end = lines.return?.()
      // One that waits for its log to grow ends with its own signal.
      if (!isReading) await end
    }
  }
}

function headOf(log: AsyncIterable<LogLine>): Head {
  return {
    lines: log[Symbol.asyncIterator](),
    isReading: false,
    line: undefined,
    time: -Infinity,
    isOver: false,
    failure: undefined,
    isIdle: false,
  }
}

/**
 * Rung when any log has a line. A race of all logs, one for each line, would leave that many reactions at the promise of a log
 * that has none for hours.
 */
class Bell {
  #ring: () => void = () => {}

  /** To be called before what may ring it. */
  next(): Promise<void> {
    return new Promise((resolve) => (this.#ring = resolve))
  }

  ring(): void {
    this.#ring()
  }
}

/** Logs that come while others are merged. */
class Arrivals {
  readonly #logs: AsyncIterator<AsyncIterable<LogLine>>
  readonly #add: (log: AsyncIterable<LogLine>) => void
  readonly #bell: Bell
  #isWaiting = false
  #isOver = false
  #failure: { readonly error: unknown } | undefined

  constructor(logs: AsyncIterable<AsyncIterable<LogLine>>, add: (log: AsyncIterable<LogLine>) => void, bell: Bell) {
    this.#logs = logs[Symbol.asyncIterator]()
    this.#add = add
    this.#bell = bell
  }

  /** Waits for the next log. @returns whether one may come @throws why none can */
  expect(): boolean {
    if (this.#failure) throw this.#failure.error
    if (!this.#isOver && !this.#isWaiting) void this.#take()
    return !this.#isOver
  }

  async #take(): Promise<void> {
    this.#isWaiting = true
    try {
      const result = await this.#logs.next()
      if (result.done === true) this.#isOver = true
      else this.#add(result.value)
    } catch (error) {
      this.#failure = { error }
    }
    this.#isWaiting = false
    this.#bell.ring()
  }

  /** One that is waited for ends with its own signal. */
  end(): void {
    this.#isOver = true
    void this.#logs.return?.()
  }
}

interface Merging {
  readonly arrivals: Arrivals | undefined
  readonly bell: Bell
  readonly wait: number
}

/** `undefined` when all logs are over. */
async function earliest(heads: readonly Head[], { arrivals, bell, wait }: Merging): Promise<Head | undefined> {
  for (;;) {
    const arrival = bell.next()
    const mayMoreCome = arrivals?.expect() ?? false
    const open = heads.filter(({ isOver }) => !isOver)
    if (open.length === 0 && !mayMoreCome) return undefined
    const missing = open.filter(({ line }) => line === undefined)
    for (const head of missing) readOn(head, bell)
    const ready = open.filter(({ line }) => line !== undefined)
    if (ready.length === 0) await arrival
    else if (missing.every(({ isIdle }) => isIdle)) {
      return ready.reduce((one, other) => (other.time < one.time ? other : one))
    } else if (!(await arrivesWithin(arrival, wait))) {
      for (const head of missing) head.isIdle = head.line === undefined
    }
  }
}

async function arrivesWithin(arrival: Promise<void>, wait: number): Promise<boolean> {
  if (wait > LONGEST_TIMER_MS) return arrival.then(() => true)
  const timer = new AbortController()
  const timeout = delay(wait, false, { signal: timer.signal }).catch(() => false)
  const isThere = await Promise.race([arrival.then(() => true), timeout])
  timer.abort()
  return isThere
}

/** @throws why the log can't be read any further */
function readOn(head: Head, bell: Bell): void {
  if (head.failure) throw head.failure.error
  if (head.isReading) return
  head.isReading = true
  head.lines.next().then(
    (result) => {
      head.isReading = false
      if (result.done === true) head.isOver = true
      else take(head, result.value)
      bell.ring()
    },
    (error: unknown) => {
      head.isReading = false
      head.failure = { error }
      bell.ring()
    },
  )
}

function take(head: Head, line: LogLine): void {
  head.line = line
  head.isIdle = false
  const time = timeOfLine(line.bytes)
  if (!Number.isNaN(time)) head.time = time
}
