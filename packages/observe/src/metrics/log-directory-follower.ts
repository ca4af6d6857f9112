import { statSync } from 'node:fs'
import { linesBackwards, portionsBackwards, readPortions, type Portion } from '@pino-funnel/reader'
import { basename } from 'node:path'
import { LogCounters } from './log-counters.ts'

/** Logs with series of their own: a log for each tenant must not make series without end. */
const MOST_FILES = 100
export const OTHER_FILES = 'other files'

interface Reading {
  readonly stop: AbortController
  readonly done: Promise<void>
}

export interface FollowOptions {
  /** Gets what the logs get. */
  readonly onPortion?: (portion: Portion) => void
  /** Where the logs' channel is; in the log directory when it is left out. */
  readonly channelDir?: string
  /** How often the ends of the logs are checked, ms; see `readLog`. */
  readonly checkEvery?: number
}

/** Follows the logs of a directory, those that appear later too, and counts what they get. */
export class LogDirectoryFollower {
  readonly #logs: () => Promise<readonly string[] | undefined>
  readonly #options: FollowOptions
  readonly #reading = new Map<string, Reading>()
  readonly #counters = new Map<string, LogCounters>()
  #gaps = 0
  /** Logs that were followed before. */
  readonly #known = new Set<string>()
  #isFirstSearch = true
  /** The search that is going on. */
  #search: Promise<void> | undefined
  #isClosed = false

  /** @param logs - gives the absolute paths of all logs, whether or not they have a file now; `undefined` when it can't say; does not throw */
  constructor(logs: () => Promise<readonly string[] | undefined>, options: FollowOptions = {}) {
    this.#logs = logs
    this.#options = options
  }

  get #place(): { readonly channelDir?: string } {
    const { channelDir } = this.#options
    return channelDir === undefined ? {} : { channelDir }
  }

  /** By the name of the log file. */
  get counters(): ReadonlyMap<string, LogCounters> {
    return this.#counters
  }

  /** Parts of logs that were gone before they were read. */
  get gaps(): number {
    return this.#gaps
  }

  /**
   * Begins with logs that are new: those that are known when it starts at their end, others at their beginning. Calls at
   * the same time share one search: two would both begin with a log, and count it twice.
   */
  findLogs(): Promise<void> {
    this.#search ??= this.#findLogs().finally(() => (this.#search = undefined))
    return this.#search
  }

  async #findLogs(): Promise<void> {
    const logs = await this.#logs()
    if (!logs) return
    await this.#letGo(new Set(logs))
    for (const log of logs) {
      if (this.#reading.has(log)) continue
      // One that could not be read for a while has records that were counted, and others that were not.
      const isAtEnd = this.#isFirstSearch || this.#known.has(log)
      this.#known.add(log)
      const from = isAtEnd ? await this.#endOf(log) : 'beginning'
      if (this.#isClosed) return
      if (from !== undefined) this.#begin(log, from)
    }
    this.#isFirstSearch = false
  }

  /** A search that is going on begins with no log any longer. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#letGo(new Set())
  }

  /** A channel that was made again knows other logs. */
  async #letGo(wanted: ReadonlySet<string>): Promise<void> {
    const others = [...this.#reading].filter(([log]) => !wanted.has(log))
    for (const [log, { stop }] of others) {
      stop.abort()
      this.#reading.delete(log)
    }
    await Promise.allSettled(others.map(([, { done }]) => done))
  }

  #begin(log: string, from: string): void {
    const stop = new AbortController()
    this.#reading.set(log, { stop, done: this.#follow(log, from, stop.signal) })
  }

  readonly #onGap = (): void => {
    this.#gaps += 1
  }

  async #follow(log: string, from: string, signal: AbortSignal): Promise<void> {
    const counters = this.#countersOf(basename(log))
    const { onPortion, ...reading } = this.#options
    const options = { ...reading, from, follow: true, signal, onGap: this.#onGap }
    // A file that begins after a place in the log is the next one.
    let isFirst = from === 'beginning'
    try {
      for await (const portion of readPortions(log, options)) {
        if (portion.offset === 0 && !isFirst) counters.addRotation()
        isFirst = false
        const now = Date.now()
        counters.add(portion, now, writtenAt(portion, now))
        onPortion?.(portion)
      }
    } catch {
      // A log that can't be read now, such as one without permission, is tried again the next time metrics are gathered.
      this.#gaps += 1
      this.#reading.delete(log)
    }
  }

  /**
   * From where to read after the last line that there is now: one that is written while a reader starts comes after it.
   *
   * @returns `undefined` when the log can't be read now, and is tried again
   */
  async #endOf(log: string): Promise<string | undefined> {
    try {
      for await (const portion of portionsBackwards(log, { ...this.#place, onGap: () => {} })) {
        for (const { cursor } of linesBackwards(portion)) return cursor
      }
      return 'beginning'
    } catch {
      this.#gaps += 1
      return undefined
    }
  }

  #countersOf(name: string): LogCounters {
    const known = this.#counters.get(name)
    if (known) return known
    const file = this.#counters.size < MOST_FILES ? name : OTHER_FILES
    const counters = this.#counters.get(file) ?? new LogCounters()
    this.#counters.set(file, counters)
    return counters
  }
}

/** When the file of a portion last changed, ms since the epoch. One that has another name by now was read at once. */
function writtenAt({ path }: Portion, now: number): number {
  try {
    return statSync(path).mtimeMs
  } catch {
    return now
  }
}
