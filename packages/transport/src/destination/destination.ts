/**
 * The stream that pino writes to.
 *
 * What always holds in this room: an open destination emits no `error`, since pino takes that for fatal. Troubles are
 * events of their own, `warning` and `drop`.
 */
import { EventEmitter } from 'node:events'
import type { DestinationOptions } from '../options/destination-options.ts'
import { DestinationState } from './destination-state.ts'

type Callback = (error?: Error | null) => void

/**
 * A stream with the surface of `pino.destination()`: it can take the place of a SonicBoom. It is also a stream that
 * others can be piped into, and that can stand for `process.stdout`. docs/compatibility.md has what differs.
 *
 * Events: `ready` when the log file is there, after opening and after `reopen`; `drop` with a record that could not be
 * stored; `warning` with a recoverable FunnelError; `finish` and `close` at the end. There is never a `drain`, since
 * writing never has to wait, and never an `error`: pino takes it for fatal, and no error after the constructor is.
 *
 * Several destinations of one thread for one file are one writer, with the options of the first. A destination whose
 * file is divided by level or by field is a writer of each of its files.
 */
export class Destination extends EventEmitter implements NodeJS.WritableStream {
  private readonly state: DestinationState

  /** See {@link destination}. */
  constructor(options: DestinationOptions | string | URL) {
    super()
    this.state = new DestinationState(options, this)
    this.on('newListener', (name) => {
      if (name === 'ready') this.state.awaitReady()
    })
  }

  /** As on a Writable. */
  get writable(): boolean {
    return !this.state.isClosed
  }

  /** Whether it was closed, by `end` or `destroy`. */
  get destroyed(): boolean {
    return this.state.isClosed
  }

  /** The log file, absolute. Where records are divided among several, it has the placeholder in its name. */
  get file(): string {
    return this.state.file
  }

  /**
   * Hands a record over. When this returns, the record survives the death of this process.
   *
   * Never waits for the listener, a lock or a socket, unless the option `overflow` is `'block'`; nor for the disk of the log
   * when the option `channelDir` names another one.
   *
   * Each line is a record: text may have several, and end anywhere. A line without an end is held until its end comes,
   * or `flush`, `end`, `destroy` or the exit of the process. A JSON object needs no newline. NUL is escaped. What is
   * neither text nor bytes becomes a line by `String(value)`.
   *
   * @param callback - called when the text was taken
   * @returns `true`: there is never a reason to wait for `drain`
   * @throws FunnelError `FUNNEL_DESTINATION_ENDED` after `close`
   */
  write(data: string | Uint8Array, callback?: Callback): boolean
  write(data: string | Uint8Array, encoding?: BufferEncoding, callback?: Callback): boolean
  write(data: unknown, encoding?: unknown, callback?: unknown): boolean {
    this.state.write(data, encoding, callback)
    return true
  }

  /**
   * Calls back when everything written before is in the log file. A line that a string has begun ends here; one that
   * bytes have begun does not, since they may come from a pipe.
   *
   * Keeps the process alive until then, for at most the option `flushTimeout`.
   *
   * @param callback - gets FunnelError `FUNNEL_FLUSH_TIMEOUT` when no listener has written them in time; the records
   * stay in the mailbox, and the next listener writes them. Gets `FUNNEL_MAILBOX_GONE`, once, when the mailbox was moved
   * or deleted since the last flush that has worked, and `FUNNEL_DESTINATION_ENDED` when the destination was closed
   * @throws FunnelError `FUNNEL_DESTINATION_ENDED` after `close`, without a callback
   */
  flush(callback?: ((error?: Error) => void) | null): void {
    this.state.flush(callback)
  }

  /**
   * Holds this thread up until everything written before is in the log file, for a second at most. Seldom needed: a
   * record survives the death of this process once `write` has returned.
   *
   * Returns at once after a record of level fatal: pino calls it then, and a log call never waits.
   */
  flushSync(): void {
    this.state.flushSync()
  }

  /**
   * Goes on in another log file; without one, asks the listener to close the log file and open it again by name, which
   * it also notices by itself.
   *
   * @throws FunnelError `FUNNEL_DESTINATION_ENDED` after `close`; as `destination` when the other file can't be used, and
   * the former one is kept
   */
  reopen(file?: string | URL | null): void {
    this.state.reopen(file)
  }

  /**
   * Flushes, then closes, and emits `finish` and `close`: also when no listener has come within `flushTimeout`.
   *
   * @param data - written before
   * @param callback - called at `finish`; with FunnelError `FUNNEL_DESTINATION_ENDED` when it was closed otherwise
   */
  end(callback?: Callback | null): this
  end(data: string | Uint8Array, callback?: Callback): this
  end(data: string | Uint8Array, encoding?: BufferEncoding, callback?: Callback): this
  end(data?: unknown, encoding?: unknown, callback?: unknown): this {
    this.state.end(data, encoding, callback)
    return this
  }

  /** Closes at once. The records that were written are in the mailbox; the listener writes them to the log file. */
  destroy(): void {
    this.state.destroy()
  }

  /** For `using`: as `destroy`. */
  [Symbol.dispose](): void {
    this.state.destroy()
  }

  /** For `await using`: as `end`, and resolves when it is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.state.end(() => resolve(), undefined, undefined))
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
