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
}

const DEFAULT_WAIT_MS = 100
/** A timer can't wait longer; it would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

interface Head {
  readonly lines: AsyncIterator<LogLine>
  /** The line that comes next, while it is being read. */
  reading: Promise<void> | undefined
  line: LogLine | undefined
  time: number
  isOver: boolean
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
  { wait = DEFAULT_WAIT_MS }: MergeOptions = {},
): AsyncGenerator<LogLine, void, void> {
  const heads = logs.map((log): Head => {
    return {
      lines: log[Symbol.asyncIterator](),
      reading: undefined,
      line: undefined,
      time: -Infinity,
      isOver: false,
      isIdle: false,
    }
  })
  try {
    for (;;) {
      const first = await earliest(heads, wait)
      if (!first?.line) return
      const { line } = first
      first.line = undefined
      yield line
    }
  } finally {
    for (const { lines, reading } of heads) {
      const end = lines.return?.()
      // One that waits for its log to grow ends with its own signal.
      if (!reading) await end
    }
  }
}

/** `undefined` when all logs are over. */
async function earliest(heads: readonly Head[], wait: number): Promise<Head | undefined> {
  for (;;) {
    const open = heads.filter(({ isOver }) => !isOver)
    if (open.length === 0) return undefined
    const missing = open.filter(({ line }) => line === undefined)
    const arrivals = missing.map(readOn)
    const ready = open.filter(({ line }) => line !== undefined)
    if (ready.length === 0) await Promise.race(arrivals)
    else if (missing.every(({ isIdle }) => isIdle)) {
      return ready.reduce((one, other) => (other.time < one.time ? other : one))
    } else if (!(await arrivesWithin(Promise.race(arrivals), wait))) {
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

function readOn(head: Head): Promise<void> {
  head.reading ??= head.lines.next().then((result) => {
    head.reading = undefined
    if (result.done === true) {
      head.isOver = true
      return
    }
    head.line = result.value
    head.isIdle = false
    const time = timeOfLine(result.value.bytes)
    if (!Number.isNaN(time)) head.time = time
  })
  return head.reading
}
