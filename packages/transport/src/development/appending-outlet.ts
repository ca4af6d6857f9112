/**
 * The development mode stands for the channel where a platform or runtime can't have one, so that an application runs
 * there unchanged: each log call appends to the log file.
 *
 * What always holds in this room: there is no listener, no channel and no other state than the log file, which is open
 * during a log call only, so that it can be moved or deleted at any time. Nothing is promised.
 */
import { DIRECTORY_MODE, FunnelError, NEWLINE, systemCode, systemCure } from '@pino-funnel/channel'
import { capturedFs, nextTick } from '@pino-funnel/channel/captured'
import { join } from 'node:path'
import { Warnings, type Warn, type WarnedSubjects } from '../producer/warnings.ts'

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

export class AppendingOutlet {
  /** The log file, absolute. */
  readonly file: string
  readonly #options: PlainLogOptions
  /** Kept for `#warnings`, which holds it weakly. */
  readonly #warn: Warn
  readonly #warnings: Warnings
  #hasLines = false
  #isDropping = false
  /** The file may end inside a line: a write was cut off. The next line begins with a newline then. */
  #isTorn = false

  /**
   * @param warn - takes recoverable errors
   * @param warned - shared by outlets that need one process warning together
   */
  constructor(options: PlainLogOptions, warn: Warn, warned: WarnedSubjects = new Set()) {
    this.#options = options
    this.#warn = warn
    this.file = join(options.logDirectory, options.fileName)
    this.#warnings = new Warnings(warned)
    this.#warnings.add(warn)
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
    this.#warnings.warn(error)
  }

  release(): void {
    // Nothing is held open.
    this.#warnings.remove(this.#warn)
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
      capturedFs.mkdirSync(this.#options.logDirectory, { recursive: true, mode: DIRECTORY_MODE })
      this.#appendNow(text)
      return undefined
    } catch (error) {
      return error
    }
  }

  #appendNow(text: string): void {
    const descriptor = this.#open()
    try {
      this.#write(descriptor, text)
    } finally {
      capturedFs.closeSync(descriptor)
    }
  }

  #open(): number {
    const { O_WRONLY, O_APPEND } = capturedFs.constants
    try {
      return capturedFs.openSync(this.file, O_WRONLY | O_APPEND)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
      return this.#make()
    }
  }

  /** With the mode that was asked for, whatever the umask. */
  #make(): number {
    const { mode } = this.#options.log
    const descriptor = capturedFs.openSync(this.file, 'a', mode)
    try {
      capturedFs.fchmodSync(descriptor, mode)
    } catch {
      // Another user's process has made it in between.
    }
    return descriptor
  }

  #write(descriptor: number, text: string): void {
    // The file may be another one by now.
    const isTorn = this.#isTorn && text !== '' && capturedFs.fstatSync(descriptor).size > 0
    const bytes = Buffer.from(isTorn ? `\n${text}` : text)
    for (let from = 0; from < bytes.length;) {
      from += capturedFs.writeSync(descriptor, bytes, from)
      this.#isTorn = bytes[from - 1] !== NEWLINE
    }
  }
}

function cannotAppend(file: string, cause: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_LOG_FILE_TROUBLE',
    `The log file ${file} can't be written, and its records are dropped: ${String(cause)}.${systemCure(cause)} ` +
      `The next log call tries again.`,
    { cause },
  )
}
