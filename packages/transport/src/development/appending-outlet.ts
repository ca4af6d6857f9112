/**
 * The development mode stands for the channel where a platform or runtime can't have one, so that an application runs there
 * unchanged: each log call appends to the log file.
 *
 * What always holds in this room: there is no listener, no channel and no other state than the log file, which is open
 * during a log call only, so that it can be moved or deleted at any time. Nothing is promised.
 */
import { channelObstacle, FunnelError, systemCode } from '@pino-funnel/channel'
import { capturedFs, nextTick } from '@pino-funnel/channel/captured'
import { join } from 'node:path'

/** What counts here of all options. */
export interface PlainLogOptions {
  readonly logDirectory: string
  readonly fileName: string
  readonly mkdir: boolean
  readonly log: { readonly mode: number }
}

/** As of an intake. */
interface Dropped {
  readonly cause: string
  readonly error: unknown
  readonly isFirst: boolean
}

type Done = (error?: FunnelError) => void

/** Of this thread: each destination gets it as an event, the process once. */
let modeWarning: FunnelError | undefined

export class AppendingOutlet {
  /** The log file, absolute. */
  readonly file: string
  readonly #options: PlainLogOptions
  readonly #warn: (error: FunnelError) => void
  #hasLines = false
  #isDropping = false

  /** @param warn - takes recoverable errors */
  constructor(options: PlainLogOptions, warn: (error: FunnelError) => void) {
    this.#options = options
    this.#warn = warn
    this.file = join(options.logDirectory, options.fileName)
    const isKnown = modeWarning !== undefined
    modeWarning ??= developmentMode()
    if (isKnown) warn(modeWarning)
    else this.warn(modeWarning)
  }

  get hasLines(): boolean {
    return this.#hasLines
  }

  /** @returns `undefined` when the line was taken */
  take(line: string): Dropped | undefined {
    this.#hasLines = true
    const error = this.#append(line)
    const isFirst = error !== undefined && !this.#isDropping
    this.#isDropping = error !== undefined
    if (isFirst) this.warn(cannotAppend(this.file, error))
    // Reported here: the destination's warning promises a count.
    return error === undefined ? undefined : { cause: systemCode(error) ?? 'unknown', error, isFirst: false }
  }

  /** None at once: of a block that the disk has refused, it could not be said which lines are written. */
  takeBlock(): number {
    return 0
  }

  flush(done: Done): () => void {
    return this.whenWritten(done)
  }

  /** Makes the log file, also without a line. */
  whenWritten(done: Done): () => void {
    const error = this.#append('')
    nextTick(done, error === undefined ? undefined : cannotAppend(this.file, error))
    return () => {}
  }

  /** Each line was appended when its log call returned. */
  waitUntilCollected(longest: number): number {
    return longest
  }

  reopen(): void {
    // Each log call opens the file by its name.
  }

  warn(error: FunnelError): void {
    this.#warn(error)
    process.emitWarning(error.message, { code: error.code, type: 'PinoFunnelWarning' })
  }

  release(): void {
    // Nothing is held open.
  }

  /** @returns the error, if there was one */
  #append(text: string): unknown {
    try {
      this.#appendNow(text)
      return undefined
    } catch (error) {
      return systemCode(error) === 'ENOENT' && this.#options.mkdir ? this.#appendInNewDirectory(text) : error
    }
  }

  /** The directory was deleted under the application. */
  #appendInNewDirectory(text: string): unknown {
    try {
      capturedFs.mkdirSync(this.#options.logDirectory, { recursive: true })
      this.#appendNow(text)
      return undefined
    } catch (error) {
      return error
    }
  }

  #appendNow(text: string): void {
    const descriptor = capturedFs.openSync(this.file, 'a', this.#options.log.mode)
    try {
      const bytes = Buffer.from(text)
      for (let from = 0; from < bytes.length;) from += capturedFs.writeSync(descriptor, bytes, from)
    } finally {
      capturedFs.closeSync(descriptor)
    }
  }
}

function developmentMode(): FunnelError {
  return new FunnelError(
    'FUNNEL_DEVELOPMENT_MODE',
    `On ${channelObstacle()} pino-funnel runs in its development mode, in which each log call appends to the file by ` +
      `itself, of the options only 'file', 'mkdir', 'mode' and 'extension' count, and nothing is promised: ` +
      `deploy with Node.js on Linux.`,
  )
}

function cannotAppend(file: string, cause: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_LOG_FILE_TROUBLE',
    `The log file ${file} can't be written, and its records are dropped: ${String(cause)}. ` +
      `The next log call tries again.`,
    { cause },
  )
}
