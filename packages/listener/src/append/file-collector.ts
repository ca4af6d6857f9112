/**
 * Collects the lines for one log file: mailboxes → batch → (sorted) → portions → log file → sinks.
 *
 * What always holds in this room: each line is in the log file exactly once, whichever step this process dies in.
 *
 * Trouble with the disk (no space, no permission, an I/O error) stops only this file, and only for a while: what is in
 * doubt stays in doubt, and each retry first resolves it (log-appender.ts). No record is lost.
 */
import { differencesOf, type LogFileStatus, type LogOptions, type Notice } from '@pino-funnel/channel'
import { join } from 'node:path'
import type { Intent } from '../journal/journal-entry.ts'
import { LogLedger } from '../ledger/log-ledger.ts'
import type { Durability } from '../log/durability.ts'
import { LogSync } from '../log/log-sync.ts'
import { Trouble } from '../log/trouble.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import type { OrderedLines } from '../batch/batch.ts'
import { LogRotation } from '../rotation/log-rotation.ts'
import { BatchReader } from './batch-reader.ts'
import type { CollectorContext } from './collector-context.ts'
import { LineFormat } from './line-format.ts'
import { LogAppender } from './log-appender.ts'
import { OpenLog } from './open-log.ts'
import { Outlets } from './outlets.ts'

export class FileCollector {
  /** Name of the log file. */
  readonly name: string
  readonly outlets: Outlets
  readonly #context: CollectorContext
  readonly #reader: BatchReader
  readonly #sync: LogSync
  readonly #ledger: LogLedger
  readonly #openLog: OpenLog
  readonly #appender: LogAppender
  readonly #rotation: LogRotation
  #options: LogOptions
  #format: LineFormat
  #trouble: Trouble | undefined

  constructor(name: string, options: LogOptions, application: string, context: CollectorContext) {
    this.name = name
    this.#options = options
    this.#context = context
    this.#sync = new LogSync(() => context.syncPolicies(name))
    this.#reader = new BatchReader(options, context.report)
    this.#ledger = new LogLedger(context.channel, name, context.report)
    this.#openLog = this.#makeOpenLog()
    this.#appender = this.#makeAppender()
    this.#rotation = this.#makeRotation()
    this.#format = this.#makeFormat(application)
    const notify = (notice: Notice): void => context.notify(this, notice)
    const { logDirectory, root: channelDir } = context.channel
    this.outlets = new Outlets(options, { ...context, file: join(logDirectory, name), channelDir, notify })
  }

  get options(): LogOptions {
    return this.#options
  }

  /** @param application - where the application is whose modules may be needed */
  adopt(options: LogOptions, application: string): void {
    if (differencesOf(options, this.#options).length === 0) return
    this.#options = options
    this.#format = this.#makeFormat(application)
    this.#reader.adopt(options)
    this.#openLog.close()
    this.#openLog.expectAnother()
    this.outlets.adopt(options)
    this.#rotation.adopt(options)
  }

  /** When what was appended must be on the disk. */
  get durability(): Durability {
    return this.#sync.durability
  }

  /** Ms until something that was appended has to be synced; `Infinity` when nothing has to be. */
  get msUntilSync(): number {
    return this.#sync.msUntilDue
  }

  /** Ms until the mailboxes are worth reading again: lines may be held back, to be sorted. */
  get msUntilNextRead(): number {
    return this.#reader.msUntilNextRead
  }

  /** The intent that is in doubt, which a checkpoint has to carry over. */
  get inDoubt(): Intent | undefined {
    return this.#appender.inDoubt
  }

  /** Why the log file can't be appended to; `undefined` when it can. */
  get trouble(): string | undefined {
    return this.#trouble?.error.message
  }

  /**
   * Takes one batch from the mailboxes to the log.
   *
   * @param entries - the mailboxes to read; reordered, so that each gets its turn
   * @returns whether there may be more at once
   */
  collect(entries: Set<MailboxEntry>): boolean {
    this.outlets.start()
    if (this.#trouble?.isWaiting) return false
    this.#reader.clear()
    try {
      if (this.inDoubt && this.#appender.resolve() && this.durability.isWanted) this.#syncNow()
      if (this.#sync.failure || this.#openLog.isLeftUnsynced) this.#syncNow()
      const { pieces, bytes, more } = this.#reader.read(entries)
      for (const piece of pieces) if (!this.#appendAll(piece)) break
      const isFlushWanted = [...entries].some((entry) => entry.hasFlushes)
      if (isFlushWanted) this.#openLog.open()
      if (this.#sync.isDue(bytes, isFlushWanted)) this.#syncNow()
      for (const entry of entries) entry.answerFlushes(this.#sync.loss)
      if (this.#trouble) this.#leaveTrouble(this.#trouble)
      return more
    } catch (error) {
      // Lines that are not known to be in the log are read again.
      this.#reader.rewind()
      this.#reader.clear()
      this.#beginTrouble(error instanceof Error ? error : new Error(String(error)))
      return false
    }
  }

  /**
   * Appends lines in portions, each as large as the file has room for.
   *
   * @returns whether the log has all of them; if not, they are read again
   */
  #appendAll(lines: OrderedLines): boolean {
    const output = this.#format.outputOf(lines)
    while (!output.isEmpty) {
      // The file may have been moved away since the last portion.
      const log = this.#openLog.open()
      const size = log.size()
      this.#rotation.beforeAppend(size)
      const portion = output.take(this.#rotation.room(size), size === 0)
      if (!portion) this.#rotation.rotateDue()
      else if (this.#appender.append(log, size, portion) === 'applied') this.outlets.offer(portion.lines)
      else {
        this.#reader.rewind()
        return false
      }
    }
    return true
  }

  /** A failed sync may have lost pages silently, so that the next one proves nothing: they are written again first. */
  #syncNow(): void {
    const log = this.#openLog.open()
    for (let { failure } = this.#sync; failure; failure = this.#sync.failure) {
      const to = this.#sync.rewriteAndSync(log, failure) ? Date.now() : null
      this.#context.notify(this, { event: 'unsynced', error: failure.error.message, from: failure.at, to })
    }
    if (!this.#sync.isDone) this.#sync.sync(log)
  }

  #beginTrouble(error: Error): void {
    this.#openLog.close()
    if (this.#trouble) return this.#trouble.again(error)
    this.#trouble = new Trouble(error)
    this.#context.report(`${this.name} can't be appended to: ${error.message}. Trying again; no record is lost.`)
    this.#context.informWriters(this, error.message)
  }

  #leaveTrouble({ error, since }: Trouble): void {
    this.#trouble = undefined
    this.#context.informWriters(this, undefined)
    this.#context.report(`${this.name}: appending works again.`)
    this.#context.notify(this, { event: 'trouble', task: 'append', error: error.message, from: since, to: Date.now() })
  }

  /** A run begins, and wants a file of its own. */
  runBegan(): void {
    this.#rotation.runBegan()
  }

  /** Whether no line of the run that has begun was appended yet. */
  get isOfEarlierRun(): boolean {
    return this.#rotation.isOfEarlierRun
  }

  /** Rotates when the clock asks for it, also when nothing is logged. To be called now and then. */
  tick(): void {
    this.#rotation.tick({ canRotate: this.#canRotate })
  }

  /**
   * Rotates now, if there is anything in the file.
   *
   * @returns the name that the file has now
   * @throws when that is not possible now
   */
  rotate(): string | undefined {
    if (!this.#canRotate) throw new Error(`${this.name} can't be appended to now`)
    return this.#rotation.rotateNow()
  }

  get #canRotate(): boolean {
    return !this.inDoubt && !this.#trouble
  }

  get isOpen(): boolean {
    return this.#openLog.isOpen
  }

  reopen(): void {
    this.#openLog.close()
  }

  /** Closes the file to have its descriptor for another log. */
  setAside(): void {
    this.#openLog.setAside()
  }

  closeIfIdle(hasWriters: boolean): void {
    this.#openLog.closeIfIdle(hasWriters)
    this.outlets.closeIfIdle(hasWriters)
  }

  /** Whether nothing is left to do for the file that its next line would not do as well. */
  get isDone(): boolean {
    return !this.inDoubt && !this.#trouble && !this.isBusy && !this.outlets.isActive && this.msUntilSync === Infinity
  }

  /** Whether rotated files are being compressed or deleted. */
  get isBusy(): boolean {
    return this.#rotation.isBusy
  }

  status(): LogFileStatus {
    return {
      file: this.name,
      bytes: this.#appender.bytes,
      records: this.#appender.records,
      ...this.outlets.status(),
      rotations: this.#rotation.count,
      trouble: (this.#trouble?.error ?? this.#rotation.trouble)?.message ?? null,
    }
  }

  close(): void {
    this.#openLog.close()
    this.outlets.close(0)
    this.#rotation.close()
  }

  #makeOpenLog(): OpenLog {
    return new OpenLog({
      ...this.#context,
      path: join(this.#context.channel.reachLogDirectory(), this.name),
      sync: this.#sync,
      ledger: this.#ledger,
      mode: () => this.#options.mode,
      opened: (log) => this.#rotation.fileOpened(log),
      lettingGo: () => this.#appender.letGo(),
    })
  }

  #makeAppender(): LogAppender {
    return new LogAppender(this.name, this.#openLog, this.#context, {
      rendering: (bytes) => this.#format.renderingOf(bytes),
      committed: (parts) => {
        this.#sync.markAppended()
        for (const { entry } of parts) entry.appendedAfter(this.#sync.loss)
        if (parts.some(({ entry }) => entry.isWorker)) this.#rotation.markActivity()
      },
      truncated: (from, to) => this.#context.notify(this, { event: 'truncated', from, to }),
      foreign: () => this.#context.notify(this, { event: 'foreign' }),
    })
  }

  #makeRotation(): LogRotation {
    return new LogRotation(this.name, this.#options, {
      ...this.#context,
      logDirectory: this.#context.channel.reachLogDirectory(),
      ledger: this.#ledger,
      release: () => this.#release(),
      renamed: () => this.#openLog.expectAnother(),
      kept: () => void this.#openLog.close(),
      notify: (notice) => this.#context.notify(this, notice),
    })
  }

  /** The file is about to be renamed. */
  #release(): ReturnType<OpenLog['close']> {
    const identity = this.#openLog.release()
    if (this.#sync.failure) throw new Error(`the last sync of ${this.name} failed; its bytes are written again first`)
    this.#appender.letGo()
    return identity
  }

  #makeFormat(application: string): LineFormat {
    const plainly = `${this.name} gets lines as they were logged`
    return new LineFormat(this.#options.format, application, (reason) => this.#context.report(`${plainly}: ${reason}`))
  }
}
