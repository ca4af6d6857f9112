/**
 * The log file that is open for appending, if one is. It is opened by its name for each batch that finds it closed,
 * moved or deleted, and closed whenever it may stop being the file of that name: a handle that stays open would keep a
 * file on the disk that was moved away and deleted.
 */
import type { LiveFile, LogLedger } from '../ledger/log-ledger.ts'
import { LogFile, type OpenIdentity } from '../log/log-file.ts'
import type { LogSync } from '../log/log-sync.ts'

export interface OpenLogContext {
  /** Absolute path of the log file. */
  readonly path: string
  readonly sync: LogSync
  readonly ledger: LogLedger
  /** Whether the machine has been rebooted since the journal was written. */
  readonly afterReboot: boolean
  /** Whether this process is still the listener of the directory that `path` leads to. */
  isOurs(): boolean
  /** Mode of a log file that has to be made. */
  mode(): number
  /** Another file than the last one was opened. */
  opened(log: LogFile): void
  /**
   * The file is about to be let go. From here on it may be deleted, and its inode may come back as another file.
   *
   * @returns whether its end is settled: when it is in doubt, it is cut or completed later
   * @throws the system's error when the journal can't take note of that
   */
  lettingGo(): boolean
  /** A line to stderr. */
  report(message: string): void
}

export class OpenLog {
  readonly #context: OpenLogContext
  #log: LogFile | undefined
  /** Identity of the file that was opened last; `''` when the next one is another, whatever its inode. */
  #lastIdentity: string | undefined
  /** Length of the file after the last append, in bytes. */
  #length = 0
  /** Length of the file when it was closed, until the ledger notes that; `undefined` while its end is in doubt. */
  #closedAt: number | undefined

  constructor(context: OpenLogContext) {
    this.#context = context
  }

  get isOpen(): boolean {
    return this.#log !== undefined
  }

  /**
   * Whether a listener before this one may have left lines that have to be synced: it has not closed the file. A record
   * that asked for a sync may be among them.
   */
  get isLeftUnsynced(): boolean {
    const { ledger, sync } = this.#context
    return this.#lastIdentity === undefined && sync.durability.isWanted && ledger.isLeftOpen
  }

  /**
   * The file that has the name now.
   *
   * The directory may have been moved away in this cycle, and another one with another listener made in its place. So
   * a file counts as found only if the channel still is this listener's after it was opened.
   *
   * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE`, or the system's error
   */
  open(): LogFile {
    if (this.#log && !this.#log.isInPlace()) this.close()
    if (this.#log) return this.#log
    const log = LogFile.open(this.#context.path, this.#context.mode())
    try {
      if (!this.#context.isOurs())
        throw new Error(`another listener has taken over the directory of ${this.#context.path}`)
      if (log.identity === this.#lastIdentity) this.#context.ledger.reopened(liveFile(log))
      else this.#begin(log)
    } catch (error) {
      log.close()
      throw error
    }
    this.#log = log
    this.#closedAt = undefined
    return log
  }

  /**
   * Lines are about to be appended at an offset, the length of the file.
   *
   * @returns the length that was expected, if another process has truncated the file
   * @throws the system's error when the ledger can't take note of that
   */
  expectLength(log: LogFile, offset: number): number | undefined {
    const expected = this.#length
    if (offset < expected) this.#context.ledger.cut({ identity: log.identity, size: offset }, expected)
    this.#length = offset
    return offset < expected ? expected : undefined
  }

  /** Lines were appended at the end of the file. */
  appended(bytes: Buffer): void {
    this.#length += bytes.length
    this.#context.ledger.appended(bytes, this.#length)
  }

  /** The next file to be opened is another one, whatever its inode. The ledger has the end of this one. */
  expectAnother(): void {
    this.#lastIdentity = ''
    this.#closedAt = undefined
  }

  /** Closes the file, and notes that in the ledger. @returns what it was, if it was open */
  close(): OpenIdentity | undefined {
    const identity = this.setAside()
    const length = this.#closedAt
    this.#closedAt = undefined
    if (length !== undefined) this.#noteClosed(length)
    return identity
  }

  /**
   * Closes the file to have its descriptor for another log. What has to be on the disk is synced before. The ledger does
   * not note that: it would grow with each batch.
   *
   * @returns what it was, if it was open
   */
  setAside(): OpenIdentity | undefined {
    const log = this.#log
    if (!log) return undefined
    this.#log = undefined
    let failed = 'could not be synced before it was closed'
    try {
      this.#context.sync.syncBeforeClose(log)
      failed = 'was closed, and the journal could not record that'
      if (this.#context.lettingGo()) this.#closedAt = log.size()
    } catch (error) {
      this.#context.report(`${this.#context.path} ${failed}: ${String(error)}`)
    } finally {
      log.close()
    }
    return log.openIdentity
  }

  #noteClosed(length: number): void {
    try {
      // Another listener may have appended to the file since.
      if (this.#context.isOurs()) this.#context.ledger.closed(length)
    } catch (error) {
      this.#context.report(`${this.#context.path} was closed, and the ledger could not record that: ${String(error)}`)
    }
  }

  /**
   * Closes the file, which is about to be renamed. It is opened before: that cuts a line that a power loss has torn. The
   * ledger notes that it is closed together with its new name, or by {@link close} when it keeps its name.
   *
   * @returns what it was, if it was open
   */
  release(): OpenIdentity | undefined {
    if (!this.#log) this.open()
    return this.setAside()
  }

  /** Closes the file when no worker logs to it, or when it was moved or deleted. */
  closeIfIdle(hasWriters: boolean): void {
    if (!hasWriters || this.#log?.isInPlace() === false) this.close()
  }

  /** The end of what an earlier listener has appended may have to be cut or synced. */
  #begin(log: LogFile): void {
    const { afterReboot, ledger, path, sync } = this.#context
    const isFirst = this.#lastIdentity === undefined
    // The journal forgets the former boot when another log is written.
    const isOfFormerBoot = ledger.isAfterReboot || (afterReboot && isFirst)
    const cut = isOfFormerBoot ? log.cutTornTail() : 0
    if (cut > 0) this.#context.report(`${path}: cut ${cut} bytes of a line that a power loss had torn`)
    ledger.begin(liveFile(log), isOfFormerBoot)
    this.#lastIdentity = log.identity
    sync.begin(log)
    this.#length = log.size()
    this.#context.opened(log)
  }
}

function liveFile(log: LogFile): LiveFile {
  return { identity: log.identity, size: log.size() }
}
