/**
 * A divided route has a log file for each value of the level, or of a field. The outlet of a value is opened at the
 * first line with that value.
 *
 * The outlet of the file `other` is open from the beginning. So a channel that can't be used at all throws there and
 * then, and each line finds a mailbox, also while that of its value can't be opened.
 */
import { FunnelError, NO_LIFECYCLE_RECORDS } from '@pino-funnel/channel'
import { monotonicNow } from '@pino-funnel/channel/captured'
import type { Warn, WarnedSubjects } from '../producer/warnings.ts'
import type { Division, ResolvedOptions } from '../options/resolve-options.ts'
import { openOutlet } from './open-outlet.ts'
import type { LogOutlet, Route } from './route.ts'

/**
 * Log files of one destination, without `other`. Each has a mailbox in this worker with half a dozen open files; a
 * field with another value in each record must not use up the file descriptors of the process.
 */
const MOST_VALUES = 32
/** Between two tries to open the outlet of a value. */
const RETRY_MS = 1000

/** Stands for an outlet that could not be opened. `retryAt` is by the monotonic clock. */
interface Unopened {
  readonly retryAt: number
}

export class DividedRoute implements Route {
  readonly #options: ResolvedOptions
  readonly #division: Division
  readonly #warn: Warn
  readonly #other: LogOutlet
  readonly #opened = new Map<string, LogOutlet>()
  readonly #unopened = new Map<string, Unopened>()
  /** Values whose failure was reported and that are still closed. Further failures are not reported. */
  readonly #reported = new Set<string>()
  /** Shared by the outlets: a trouble of one is mostly one of all, and one process warning is enough. */
  readonly #warned: WarnedSubjects = new Set()
  #hasWarnedOfMany = false

  constructor(options: ResolvedOptions, division: Division, warn: Warn) {
    let last: FunnelError | undefined
    // An error that concerns all outlets comes from each of them.
    this.#warn = (error) => {
      if (error !== last) warn(error)
      last = error
    }
    this.#options = options
    this.#division = division
    this.#other = openOutlet(options, this.#warn, this.#warned)
  }

  /** Each once: by a link, two values may lead to one file. */
  get outlets(): LogOutlet[] {
    return [...new Set([this.#other, ...this.#opened.values()])]
  }

  /** Not the file of the others, before it has a line: there may never be one. */
  get toFlush(): LogOutlet[] {
    return this.outlets.filter(({ hasLines }) => hasLines)
  }

  outletFor(line: string): LogOutlet {
    const value = this.#division.valueIn(line)
    if (value === undefined) return this.#other
    return this.#opened.get(value) ?? this.#openFor(value)
  }

  divide(lines: string): Map<LogOutlet, string> {
    const blocks = new Map<LogOutlet, string>()
    for (let from = 0; from < lines.length;) {
      const next = lines.indexOf('\n', from) + 1
      const line = lines.slice(from, next)
      const outlet = this.outletFor(line)
      blocks.set(outlet, (blocks.get(outlet) ?? '') + line)
      from = next
    }
    return blocks
  }

  close(): void {
    for (const outlet of this.outlets) outlet.release(this.#warn)
  }

  #openFor(value: string): LogOutlet {
    if (this.#opened.size >= MOST_VALUES) return this.#oneTooMany(value)
    if (!this.#mayTry(value)) return this.#other
    try {
      const outlet = openOutlet(this.#optionsFor(value), this.#warn, this.#warned)
      this.#opened.set(value, outlet)
      this.#unopened.delete(value)
      this.#reported.delete(value)
      return outlet
    } catch (error) {
      this.#reportOnce(value, error)
      this.#unopened.set(value, { retryAt: monotonicNow() + RETRY_MS })
      return this.#other
    }
  }

  #reportOnce(value: string, error: unknown): void {
    if (this.#reported.has(value) || this.#reported.size >= MOST_VALUES) return
    this.#reported.add(value)
    this.#other.warn(notOpened(value, this.#other.file, error))
  }

  /** Where nothing can be opened and each record has another value, a try for each of them would cost too much. */
  #mayTry(value: string): boolean {
    const now = monotonicNow()
    const unopened = this.#unopened.get(value)
    if (unopened) return now >= unopened.retryAt
    if (this.#unopened.size < MOST_VALUES) return true
    for (const [known, { retryAt }] of this.#unopened) if (now >= retryAt) this.#unopened.delete(known)
    return this.#unopened.size < MOST_VALUES
  }

  /** The lifecycle records of this worker are in the file `other` only, however many mailboxes it has. */
  #optionsFor(value: string): ResolvedOptions {
    const log = { ...this.#options.log, lifecycle: NO_LIFECYCLE_RECORDS }
    return { ...this.#options, ...this.#division.placeOf(value), log }
  }

  #oneTooMany(value: string): LogOutlet {
    if (!this.#hasWarnedOfMany) this.#other.warn(tooMany(value, this.#other.file))
    this.#hasWarnedOfMany = true
    return this.#other
  }
}

function notOpened(value: string, other: string, cause: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_LOG_FILE_NOT_OPENED',
    `The log file for ${JSON.stringify(value)} can't be opened: ${reason(cause)}. ` +
      `Its records go to ${other} until it can. Trying again every second.`,
    { cause },
  )
}

function reason(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '')
}

function tooMany(value: string, other: string): FunnelError {
  return new FunnelError(
    'FUNNEL_TOO_MANY_LOG_FILES',
    `Records are divided among ${MOST_VALUES} log files, which is the limit. Records with ${JSON.stringify(value)} and with ` +
      `further values go to ${other}. Divide the records by a field that has fewer values.`,
  )
}
