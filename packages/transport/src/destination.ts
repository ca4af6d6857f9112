import { clearTimer, FunnelError, isBlock, nextTick, setSoon, setTimer, toLine } from '@pino-funnel/channel'
import { EventEmitter } from 'node:events'
import type { Dropped } from './intake.ts'
import { Outlet } from './outlet.ts'
import { resolveOptions, type DestinationOptions } from './options.ts'

type DestinationState = 'open' | 'ending' | 'closed'

/**
 * A stream with the surface of `pino.destination()`: it can stand wherever a SonicBoom stood.
 *
 * Events: `ready` once after opening; `drop` with a record that could not be stored; `trouble` with a recoverable
 * FunnelError; `finish` and `close` at the end. There is never a `drain`, since writing never has to wait, and never an
 * `error`: pino takes it for fatal, which nothing is after the constructor.
 *
 * Several destinations of one thread for one file are one writer, with the options of the first.
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

  /** The log file, absolute. */
  readonly file: string
  #state: DestinationState = 'open'
  readonly #outlet: Outlet
  readonly #flushTimeout: number
  readonly #pendingFlushes = new Set<(error: Error) => void>()
  /** The listener's sleep that was rung for; see `Bell`. */
  #rungFor = 0
  #lookDue = false
  readonly #onTrouble = (error: FunnelError): void => {
    nextTick(() => this.emit('trouble', error))
  }

  /** See {@link destination}. */
  constructor(options: DestinationOptions | string) {
    super()
    const resolved = resolveOptions(options)
    this.file = `${resolved.logDirectory}/${resolved.fileName}`
    this.#flushTimeout = resolved.flushTimeout
    this.#outlet = Outlet.acquire(resolved, this.#onTrouble)
    nextTick(() => this.emit('ready'))
  }

  /**
   * Hands a record over. When this returns, the record survives the death of this process.
   *
   * Never waits for the listener, a lock or the disk of the log, unless the option `overflow` is `'block'`. A record is one line: NUL and inner newlines are
   * escaped, a missing newline is added.
   *
   * @returns `true`: there is never a reason to wait for `drain`
   * @throws FunnelError `FUNNEL_DESTINATION_ENDED` after `close`
   */
  write(record: string | Uint8Array): boolean {
    if (this.#state === 'closed') throw ended()
    const line = toLine(typeof record === 'string' ? record : Buffer.from(record).toString('utf8'))
    const dropped = this.#outlet.intake.take(line)
    if (dropped) {
      this.#drop(line, dropped)
      return true
    }
    this.#wake()
    return true
  }

  /**
   * Hands several records over, as `write` does one by one, for a fraction of the price.
   *
   * @param lines - whole lines
   * @throws FunnelError `FUNNEL_DESTINATION_ENDED` after `close`
   * @internal
   */
  writeLines(lines: string): void {
    if (this.#state === 'closed') throw ended()
    const taken = isBlock(lines) ? this.#outlet.intake.takeBlock(lines) : 0
    if (taken > 0) this.#wake()
    for (let from = taken; from < lines.length;) {
      const next = lines.indexOf('\n', from) + 1
      this.write(lines.slice(from, next))
      from = next
    }
  }

  /**
   * Calls back when everything written before is in the log file.
   *
   * Keeps the process alive until then, for at most the option `flushTimeout`.
   *
   * @param callback - gets FunnelError `FUNNEL_FLUSH_TIMEOUT` when no listener has done it in time; the records stay
   * in the mailbox, and will be written by the next one. Gets `FUNNEL_MAILBOX_GONE` when the mailbox was moved or
   * deleted before it was done, and `FUNNEL_DESTINATION_ENDED` when the destination was closed
   * @throws FunnelError `FUNNEL_DESTINATION_ENDED` after `close`, without a callback
   */
  flush(callback?: (error?: Error) => void): void {
    if (callback !== undefined && typeof callback !== 'function') {
      throw new FunnelError('FUNNEL_OPTION_INVALID', `flush() takes a function, but ${typeof callback} came.`)
    }
    if (this.#state === 'closed') {
      const error = ended()
      if (!callback) throw error
      nextTick(callback, error)
      return
    }
    const settle = (error?: Error): void => {
      this.#pendingFlushes.delete(settle)
      clearTimer(timer)
      giveUp()
      callback?.(error)
    }
    const timer = setTimer(() => settle(flushTimedOut(this.#flushTimeout, this.file)), this.#flushTimeout)
    const giveUp = this.#outlet.link.flush(this.#outlet.mailbox.position, settle)
    this.#pendingFlushes.add(settle)
  }

  /** Does nothing: every record is out of this process's hands when `write` returns. pino calls it after `fatal`. */
  flushSync(): void {}

  /**
   * Asks the listener to close the log file and open it again by name. It also notices by itself.
   *
   * @throws FunnelError `FUNNEL_DESTINATION_ENDED` after `close`
   */
  reopen(): void {
    if (this.#state === 'closed') throw ended()
    this.#outlet.link.reopen()
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

  /** Closes at once. What was written is in the mailbox, and will be in the log file. */
  destroy(): void {
    if (this.#state === 'closed') return
    this.#close()
    nextTick(() => this.emit('close'))
  }

  #close(): void {
    this.#state = 'closed'
    for (const settle of this.#pendingFlushes) nextTick(settle, ended())
    this.#outlet.release(this.#onTrouble)
  }

  #wake(): void {
    const { bell } = this.#outlet.mailbox
    if (!bell.instant) this.#lookLater()
    else this.#ringOnce(bell.sleep())
  }

  #ringOnce(sleep: number): void {
    if (sleep === 0 || sleep === this.#rungFor) return
    this.#rungFor = sleep
    this.#outlet.link.ring()
  }

  /** Looking at a plain bell costs a system call, so that it is done once per turn of the event loop. */
  #lookLater(): void {
    if (this.#lookDue) return
    this.#lookDue = true
    setSoon(() => {
      this.#lookDue = false
      if (this.#state !== 'closed') this.#ringOnce(this.#outlet.mailbox.bell.sleep())
    }).unref()
  }

  #drop(line: string, { cause, error, isFirst }: Dropped): void {
    this.emit('drop', line)
    if (!isFirst) return
    this.#outlet.tell(
      new FunnelError(
        'FUNNEL_RECORD_DROPPED',
        `Records for ${this.file} are being dropped: ${cause}. They are counted, and the log will tell how many.`,
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
 * The first one starts the listener, which writes the file; it leaves by itself when nobody is left. A destination
 * keeps no process and no thread alive.
 *
 * @param options - or just the path of the log file
 * @throws FunnelError `FUNNEL_OPTION_*`, `FUNNEL_LOG_*`, `FUNNEL_CHANNEL_*`: see docs/errors.md
 */
export function destination(options: DestinationOptions | string): Destination {
  return new Destination(options)
}

function ended(): FunnelError {
  return new FunnelError('FUNNEL_DESTINATION_ENDED', 'This destination was closed; nothing can be written to it.')
}

function flushTimedOut(timeout: number, file: string): FunnelError {
  return new FunnelError(
    'FUNNEL_FLUSH_TIMEOUT',
    `No listener has written everything to ${file} within ${timeout} ms (the option 'flushTimeout'). ` +
      `The records are safe in their mailbox and will be written by the next listener.`,
  )
}
