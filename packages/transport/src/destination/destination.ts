/**
 * The stream that pino writes to.
 *
 * What always holds in this room: an open destination emits no `error`, since pino takes that for fatal. Troubles are
 * events of their own, `warning` and `drop`.
 */
import { FunnelError, isBlock, systemCureIn, toLine } from '@pino-funnel/channel'
import { nextTick, timers } from '@pino-funnel/channel/captured'
import { EventEmitter } from 'node:events'
import type { Dropped } from '../producer/intake.ts'
import type { Outlet } from '../producer/outlet.ts'
import type { DestinationOptions } from '../options/destination-options.ts'
import { show } from '../options/option-checks.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import { openRoute } from '../routing/open-route.ts'
import type { Route } from '../routing/route.ts'

type DestinationState = 'open' | 'ending' | 'closed'

/**
 * A stream with the surface of `pino.destination()`: it can take the place of a SonicBoom.
 *
 * Events: `ready` once after opening; `drop` with a record that could not be stored; `warning` with a recoverable
 * FunnelError; `finish` and `close` at the end. There is never a `drain`, since writing never has to wait, and never an
 * `error`: pino takes it for fatal, and no error after the constructor is.
 *
 * Several destinations of one thread for one file are one writer, with the options of the first. A destination whose
 * file is divided by level or by field is a writer of each of its files.
 */
export class Destination extends EventEmitter {
  /** As on a Writable. */
  get writable(): boolean {
    return this.#state !== 'closed'
  }

  /** Whether it was closed, by `end` or `destroy`. */
  get destroyed(): boolean {
    return this.#state === 'closed'
  }

  /** The log file, absolute. Where records are divided among several, it has the placeholder in its name. */
  readonly file: string
  #state: DestinationState = 'open'
  readonly #route: Route
  readonly #flushTimeout: number
  readonly #pendingFlushes = new Set<(error: Error) => void>()

  /** See {@link destination}. */
  constructor(options: DestinationOptions | string | URL) {
    super()
    const resolved = resolveOptions(options)
    this.file = resolved.shownFile
    this.#flushTimeout = resolved.flushTimeout
    this.#route = openRoute(resolved, (error) => {
      nextTick(() => this.emit('warning', error))
    })
    nextTick(() => this.emit('ready'))
  }

  /**
   * Hands a record over. When this returns, the record survives the death of this process.
   *
   * Never waits for the listener, a lock or the disk of the log, unless the option `overflow` is `'block'`. A record is
   * one line: NUL and inner newlines are escaped, a missing newline is added.
   *
   * @returns `true`: there is never a reason to wait for `drain`
   * @throws FunnelError `FUNNEL_DESTINATION_ENDED` after `close`
   */
  write(record: string | Uint8Array): boolean {
    if (this.#state === 'closed') throw ended()
    const line = toLine(typeof record === 'string' ? record : Buffer.from(record).toString('utf8'))
    this.#take(line, this.#route.outletFor(line))
    return true
  }

  /**
   * Hands several records over, at a fraction of what `write` costs for each of them.
   *
   * @param lines - whole lines
   * @throws FunnelError `FUNNEL_DESTINATION_ENDED` after `close`
   * @internal
   */
  writeLines(lines: string): void {
    if (this.#state === 'closed') throw ended()
    for (const [outlet, block] of this.#route.divide(lines)) this.#takeBlock(block, outlet)
  }

  #takeBlock(lines: string, outlet: Outlet): void {
    const taken = isBlock(lines) ? outlet.takeBlock(lines) : 0
    for (let from = taken; from < lines.length;) {
      const next = lines.indexOf('\n', from) + 1
      this.#take(toLine(lines.slice(from, next)), outlet)
      from = next
    }
  }

  #take(line: string, outlet: Outlet): void {
    const dropped = outlet.take(line)
    if (dropped) this.#drop(line, outlet, dropped)
  }

  /**
   * Calls back when everything written before is in the log file.
   *
   * Keeps the process alive until then, for at most the option `flushTimeout`.
   *
   * @param callback - gets FunnelError `FUNNEL_FLUSH_TIMEOUT` when no listener has written them in time; the records
   * stay in the mailbox, and the next listener writes them. Gets `FUNNEL_MAILBOX_GONE` when the mailbox was moved or
   * deleted before it was done, and `FUNNEL_DESTINATION_ENDED` when the destination was closed
   * @throws FunnelError `FUNNEL_DESTINATION_ENDED` after `close`, without a callback
   */
  flush(callback?: (error?: Error) => void): void {
    if (callback !== undefined && typeof callback !== 'function') {
      throw new FunnelError('FUNNEL_OPTION_INVALID', `flush() takes a function; got ${show(callback)}.`)
    }
    if (this.#state === 'closed') {
      const error = ended()
      if (!callback) throw error
      nextTick(callback, error)
      return
    }
    const resolve = (error?: Error): void => {
      if (!this.#pendingFlushes.delete(resolve)) return
      timers.clearTimeout(timer)
      for (const giveUp of giveUps) giveUp()
      callback?.(error)
    }
    const timer = timers.setTimeout(() => resolve(flushTimedOut(this.#flushTimeout, this.file)), this.#flushTimeout)
    this.#pendingFlushes.add(resolve)
    const { outlets } = this.#route
    let waiting = outlets.length
    const giveUps = outlets.map((outlet) => {
      return outlet.flush((error) => {
        waiting -= 1
        if (error || waiting === 0) resolve(error)
      })
    })
  }

  /**
   * Does nothing: a record survives the death of this process once `write` has returned. pino calls it after `fatal`.
   */
  flushSync(): void {}

  /**
   * Asks the listener to close the log file and open it again by name. It also notices by itself.
   *
   * @throws FunnelError `FUNNEL_DESTINATION_ENDED` after `close`
   */
  reopen(): void {
    if (this.#state === 'closed') throw ended()
    for (const outlet of this.#route.outlets) outlet.reopen()
  }

  /**
   * Flushes, then closes, and emits `finish` and `close`: also when no listener has come within `flushTimeout`.
   *
   * @param record - written before
   */
  end(record?: string): void {
    if (this.#state !== 'open') return
    if (record !== undefined) this.write(record)
    this.#state = 'ending'
    this.flush(() => {
      if (this.#state === 'closed') return
      this.#close()
      nextTick(() => this.emit('finish'))
      nextTick(() => this.emit('close'))
    })
  }

  /** Closes at once. The records that were written are in the mailbox; the listener writes them to the log file. */
  destroy(): void {
    if (this.#state === 'closed') return
    this.#close()
    nextTick(() => this.emit('close'))
  }

  #close(): void {
    this.#state = 'closed'
    for (const resolve of this.#pendingFlushes) nextTick(resolve, ended())
    this.#route.close()
  }

  #drop(line: string, outlet: Outlet, { cause, error, isFirst }: Dropped): void {
    this.emit('drop', line)
    if (!isFirst) return
    outlet.warn(
      new FunnelError(
        'FUNNEL_RECORD_DROPPED',
        `Records for ${outlet.file} are being dropped: ${cause}.${systemCureIn(cause) || howToFindOut(outlet.file)} ` +
          `They are counted, and a record in the log will report the count.`,
        { cause: error },
      ),
    )
  }
}

/**
 * Opens a destination for pino that shares its log file with any number of other processes and threads.
 *
 * ```js
 * const log = pino(destination({ file: 'logs/app.log' }))
 * ```
 *
 * The first destination starts the listener, the process that writes the file. It exits by itself when no writer is
 * left. A destination keeps no process and no thread alive.
 *
 * @param options - or only the path of the log file
 * @throws FunnelError `FUNNEL_OPTION_*`, `FUNNEL_LOG_*`, `FUNNEL_CHANNEL_*`: see docs/errors.md
 */
export function destination(options: DestinationOptions | string | URL): Destination {
  return new Destination(options)
}

function howToFindOut(file: string): string {
  return ` The listener is behind or missing; find out why: npx --no pino-funnel doctor ${file}.`
}

function ended(): FunnelError {
  return new FunnelError(
    'FUNNEL_DESTINATION_ENDED',
    'This destination was closed, so nothing can be written to it. Open a new one.',
  )
}

function flushTimedOut(timeout: number, file: string): FunnelError {
  return new FunnelError(
    'FUNNEL_FLUSH_TIMEOUT',
    `No listener has written all records to ${file} within ${timeout} ms (option 'flushTimeout'). ` +
      `They are safe in their mailbox; the next listener writes them.`,
  )
}
