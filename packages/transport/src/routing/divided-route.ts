/**
 * The way of lines that are divided among log files by what they say: each value of their level, or of one of their
 * fields, has a file, and with it an outlet, which is opened at the first line with that value.
 *
 * One outlet is there from the beginning: that of the file `other`. So what can't be opened at all is told there and
 * then, and a line always finds a mailbox, also when the one it belongs to can't be opened at the moment.
 */
import { FunnelError, NO_LIFECYCLE_RECORDS } from '@pino-funnel/channel'
import { monotonicNow } from '@pino-funnel/channel/captured'
import { Outlet, type Tell, type Warned } from '../producer/outlet.ts'
import type { Division, ResolvedOptions } from '../options/resolve-options.ts'
import type { Route } from './route.ts'

/**
 * Log files of one destination, beside `other`. Each one has a mailbox in this worker, with half a dozen open files;
 * a field of which each record has another value must not take all that the process has.
 */
const MOST_VALUES = 32
/** Between two tries to open what could not be opened. */
const RETRY_MS = 1000

/** What a value has instead of an outlet that could not be opened: when to try again, by the monotonic clock. */
interface Unopened {
  readonly retryAt: number
}

export class DividedRoute implements Route {
  readonly #options: ResolvedOptions
  readonly #division: Division
  readonly #tell: Tell
  readonly #other: Outlet
  readonly #opened = new Map<string, Outlet>()
  readonly #unopened = new Map<string, Unopened>()
  /** Values of which it was told, and that have not been opened since; of more it is not told. */
  readonly #told = new Set<string>()
  /** Also of the outlets: the trouble of one is the trouble of all, and one warning is enough. */
  readonly #warned: Warned = new Set()
  #hasToldOfMany = false

  constructor(options: ResolvedOptions, division: Division, tell: Tell) {
    let last: FunnelError | undefined
    this.#tell = (error) => {
      if (error !== last) tell(error)
      last = error
    }
    this.#options = options
    this.#division = division
    this.#other = Outlet.acquire(options, this.#tell, this.#warned)
  }

  /** Two names may lead to one file, by a link. */
  get outlets(): Outlet[] {
    return [...new Set([this.#other, ...this.#opened.values()])]
  }

  outletFor(line: string): Outlet {
    const value = this.#division.valueIn(line)
    if (value === undefined) return this.#other
    return this.#opened.get(value) ?? this.#openFor(value)
  }

  divide(lines: string): Map<Outlet, string> {
    const blocks = new Map<Outlet, string>()
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
    for (const outlet of this.outlets) outlet.release(this.#tell)
  }

  #openFor(value: string): Outlet {
    if (this.#opened.size >= MOST_VALUES) return this.#oneTooMany(value)
    if (!this.#mayTry(value)) return this.#other
    try {
      const outlet = Outlet.acquire(this.#optionsFor(value), this.#tell, this.#warned)
      this.#opened.set(value, outlet)
      this.#unopened.delete(value)
      this.#told.delete(value)
      return outlet
    } catch (error) {
      this.#tellOnce(value, error)
      this.#unopened.set(value, { retryAt: monotonicNow() + RETRY_MS })
      return this.#other
    }
  }

  #tellOnce(value: string, error: unknown): void {
    if (this.#told.has(value) || this.#told.size >= MOST_VALUES) return
    this.#told.add(value)
    this.#other.tell(notOpened(value, this.#other.file, error))
  }

  /** When nothing can be opened, and each record has another value, not each is to pay for a try. */
  #mayTry(value: string): boolean {
    const now = monotonicNow()
    const unopened = this.#unopened.get(value)
    if (unopened) return now >= unopened.retryAt
    if (this.#unopened.size < MOST_VALUES) return true
    for (const [known, { retryAt }] of this.#unopened) if (now >= retryAt) this.#unopened.delete(known)
    return this.#unopened.size < MOST_VALUES
  }

  /** A worker has one life, whatever the number of its mailboxes: what is told of it is in the file `other`. */
  #optionsFor(value: string): ResolvedOptions {
    const log = { ...this.#options.log, lifecycle: NO_LIFECYCLE_RECORDS }
    return { ...this.#options, ...this.#division.placeOf(value), log }
  }

  #oneTooMany(value: string): Outlet {
    if (!this.#hasToldOfMany) this.#other.tell(tooMany(value, this.#other.file))
    this.#hasToldOfMany = true
    return this.#other
  }
}

function notOpened(value: string, other: string, cause: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_LOG_FILE_NOT_OPENED',
    `The log file for ${JSON.stringify(value)} can't be opened: ${reason(cause)}. ` +
      `Its records go to ${other} until it can; it is tried again every second.`,
    { cause },
  )
}

function reason(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '')
}

function tooMany(value: string, other: string): FunnelError {
  return new FunnelError(
    'FUNNEL_TOO_MANY_LOG_FILES',
    `Records are divided among ${MOST_VALUES} log files, which is the most; those of ${JSON.stringify(value)} and of ` +
      `others that come go to ${other}. Divide them by a field that has fewer values.`,
  )
}
