import { differencesOf, type Channel, type LogFileStatus, type LogOptions, type Notice } from '@pino-funnel/channel'
import { join } from 'node:path'
import { Batch, type Part } from '../batch/batch.ts'
import { createRenderer, type Renderer } from '../format/renderer.ts'
import { fill, gather, type Thorough } from '../batch/fill-batch.ts'
import { intentBytes, type Intent, type Journal, type Rendering } from '../journal/journal.ts'
import { LogFile } from '../log/log-file.ts'
import type { Durability } from '../log/durability.ts'
import { LogSync } from '../log/log-sync.ts'
import { LogRotation } from '../rotation/log-rotation.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { TimeOrder, type Sorted } from '../order/time-order.ts'
import { Output, type Portion } from './output.ts'
import { RenderedOutput } from './rendered-output.ts'
import { findByIdentity, settle, type RangeSource } from './recovery.ts'
import { SinkFeed } from '../sinks/sink-feed.ts'
import { Trouble } from '../log/trouble.ts'

/** What a collector needs of the listener around it. */
export interface CollectorContext {
  readonly channel: Channel
  readonly journal: Journal
  readonly source: RangeSource
  /** Whether a name in the log directory is that of a log file that is being written. */
  isLogFile(name: string): boolean
  /** Whether a name in the log directory is that of a log file that wants `current.log` to lead to it. */
  isLinked(name: string): boolean
  /** Replaces the journal by what is known now: makes a void verdict durable. */
  checkpoint(): void
  /** Whether the machine was started anew since the journal was written. */
  readonly afterReboot: boolean
  /** Puts a record about something that is not as it should be into the log, and a line to stderr. */
  tell(file: FileCollector, notice: Notice): void
  /** Lets the workers of a file know that it can't be appended to, and when it can again (`undefined`). */
  tellTrouble(file: FileCollector, error: string | undefined): void
  /** A line to stderr. */
  report(message: string): void
}

/** What came of a pass: whether there may be more at once, and what is in the log now. */
interface Collected {
  readonly more: boolean
  readonly bytes: Buffer
}

/** Files are collected one after the other, so that one batch serves all. */
const BATCH = new Batch()

/**
 * Collects the lines for one log file: mailboxes → batch → intent in the journal → log file → committed.
 *
 * Trouble with the disk (no space, no permission, I/O error) stops nothing but this file, for a while: the intent stays
 * outstanding, and each retry first looks what became of it, exactly as recovery after a kill does.
 */
export class FileCollector {
  readonly file: string
  /** What the log file has, the sinks get, unless recovery had to find it out: each record once at most. */
  readonly sinks: SinkFeed
  readonly #sync = new LogSync()
  readonly #rotation: LogRotation
  readonly #context: CollectorContext
  #options: LogOptions
  /** Set when lines are not appended as they are. */
  #renderer: { readonly render: Renderer['render']; readonly application: string } | undefined
  /** Set when lines are to be sorted. */
  #order: TimeOrder | undefined
  #log: LogFile | undefined
  /** Of the file that was opened last; `''` when the next one is another, whatever its inode. */
  #lastIdentity: string | undefined
  /** How long the file was when it was appended to last. */
  #end = 0
  /** Recorded in the journal, with its parts, but not known to be carried out. */
  #outstanding: Intent | undefined
  #parts: readonly Part[] = []
  /** Whether the journal holds an intent for the file that is open. */
  #isAnnounced = false
  #trouble: Trouble | undefined
  #bytes = 0
  #records = 0

  constructor(file: string, options: LogOptions, application: string, context: CollectorContext) {
    this.file = file
    this.#options = options
    this.#context = context
    this.#rotation = new LogRotation(file, options, {
      logDirectory: context.channel.logDirectory,
      isLogFile: (name) => context.isLogFile(name),
      isLinked: (name) => context.isLinked(name),
      release: () => this.#release(),
      renamed: () => (this.#lastIdentity = ''),
      onNotice: (notice) => context.tell(this, notice),
      report: (message) => context.report(message),
    })
    this.#renderer = this.#makeRenderer(application)
    this.#order = makeOrder(options)
    this.sinks = new SinkFeed(options.sinks, {
      onNotice: (notice) => context.tell(this, notice),
      report: (message) => context.report(message),
    })
  }

  /** What the workers wish for this file, as far as it is in force. */
  get options(): LogOptions {
    return this.#options
  }

  /** @param application - where the application is whose modules may be needed */
  adopt(options: LogOptions, application: string): void {
    if (differencesOf(options, this.#options).length === 0) return
    this.#options = options
    this.#renderer = this.#makeRenderer(application)
    this.#order = makeOrder(options)
    this.reopen()
    this.#lastIdentity = ''
    this.sinks.adopt(options.sinks)
    this.#rotation.adopt(options)
  }

  /** When what was appended must be on the disk. */
  get durability(): Durability {
    return this.#sync.durability
  }

  /** Ms until something has to be synced that was appended; `Infinity` when nothing has to be. */
  get msUntilSync(): number {
    return this.#sync.msUntilDue
  }

  /** A run begins, and wants a file of its own. */
  start(): void {
    this.#rotation.start()
  }

  /** Whether a run has begun, and no line of it was appended yet. */
  get isOfEarlierRun(): boolean {
    return this.#rotation.isOfEarlierRun
  }

  /** Ms until it is worth looking at the mailboxes again: lines are held, to be sorted. */
  get msUntilNextLook(): number {
    return this.#order?.msUntilNextRead ?? 0
  }

  /** The intent that a checkpoint has to carry over. */
  get outstanding(): Intent | undefined {
    return this.#outstanding
  }

  get isInTrouble(): boolean {
    return this.#trouble !== undefined
  }

  /**
   * Takes one batch from the mailboxes to the log.
   *
   * @param thorough - see `MailboxReader.read`
   * @returns whether there may be more at once
   */
  collect(entries: Set<MailboxEntry>, thorough: Thorough): boolean {
    if (this.#trouble?.isWaiting) return false
    BATCH.clear()
    try {
      if (this.#outstanding) this.#settleOutstanding(this.#outstanding)
      if (this.#sync.hasFailed) this.#syncNow()
      const { more, bytes } = this.#order
        ? this.#collectSorted(this.#order, entries, thorough)
        : this.#collectAsRead(entries, thorough)
      const isFlushWanted = [...entries].some((entry) => entry.flushes.length > 0)
      if (this.#sync.isDue(bytes, isFlushWanted)) this.#syncNow()
      for (const entry of entries) entry.answerFlushes()
      if (this.#trouble) this.#leaveTrouble(this.#trouble)
      return more
    } catch (error) {
      // Lines that were read, but are not known to be in the log, are read again.
      rewind(BATCH.parts)
      BATCH.clear()
      this.#beginTrouble(error instanceof Error ? error : new Error(String(error)))
      return false
    }
  }

  #collectAsRead(entries: Set<MailboxEntry>, thorough: Thorough): Collected {
    const more = this.#gather(entries, thorough)
    this.#appendAll(BATCH)
    return { more, bytes: BATCH.bytes }
  }

  #collectSorted(order: TimeOrder, entries: Set<MailboxEntry>, thorough: Thorough): Collected {
    BATCH.clearToSort(entries.size)
    this.#gather(entries, thorough)
    const { pieces, bytes, more, long } = order.sort(BATCH)
    if (long) {
      const line = this.#collectLongLine(order, long, thorough)
      // Of a line that is only begun nothing comes, however soon it is looked for again.
      return { more: more && line.length > 0, bytes: line }
    }
    for (const piece of pieces) if (!this.#appendAll(piece)) break
    return { more, bytes }
  }

  #collectLongLine(order: TimeOrder, entry: MailboxEntry, thorough: Thorough): Buffer {
    BATCH.clear()
    const filled = fill(BATCH, entry, thorough(entry), (message) => this.#context.report(message))
    entry.hadNothing = filled === 'nothing' || filled === 'unreadable'
    const line = order.takeFirst(BATCH)
    this.#appendAll(line)
    return line.bytes
  }

  #gather(entries: Set<MailboxEntry>, thorough: Thorough): boolean {
    return gather(BATCH, entries, thorough, (message) => this.#context.report(message))
  }

  /** @returns whether the log has all of them */
  #appendAll(lines: Sorted): boolean {
    const output = this.#renderer ? new RenderedOutput(lines, this.#renderer) : new Output(lines)
    while (!output.isEmpty) {
      // The file may have been moved away since the last look.
      const log = this.#openLog()
      const size = log.size()
      const portion = output.take(this.#rotation.room(size), size === 0)
      if (!portion) this.#rotation.rotateDue()
      else if (!this.#append(log, size, portion)) return false
    }
    return true
  }

  /** @returns whether the log has it */
  #append(log: LogFile, offset: number, portion: Portion): boolean {
    if (offset < this.#end) this.#context.tell(this, { event: 'truncated', from: this.#end, to: offset })
    this.#end = offset
    const intent = this.#announce(log, offset, portion)
    log.append(portion.bytes)
    this.#end = offset + portion.bytes.length
    if (!log.isDeleted()) {
      this.#commit(intent)
      this.sinks.offer(portion.lines)
      return true
    }
    // Somebody has deleted the file in this very instant. The same lines go to the next one.
    this.reopen()
    this.#makeVoid(intent)
    rewind(BATCH.parts)
    return false
  }

  #announce(log: LogFile, offset: number, { bytes, parts }: Portion): Intent {
    if (this.#context.journal.needsCheckpoint) this.#context.checkpoint()
    const ranges = parts.map(({ entry, range }) => ({ mailbox: entry.id, ...range }))
    const intent: Intent = { file: this.file, identity: log.identity, offset, ranges, ...this.#rendering(bytes.length) }
    this.#context.journal.record(intent)
    this.#isAnnounced = true
    this.#outstanding = intent
    this.#parts = parts
    return intent
  }

  #commit(intent: Intent): void {
    for (const { entry, range, records } of this.#parts) {
      entry.commit({ mailbox: entry.id, ...range }, records)
      if (entry.isWorker) this.#rotation.markActivity()
      this.#records += records
    }
    this.#bytes += intentBytes(intent)
    this.#outstanding = undefined
    this.#sync.markAppended()
    for (const { entry } of this.#parts) entry.retire()
  }

  /** A failed sync may have lost pages silently, so that the next one proves nothing: they are written again first. */
  #syncNow(): void {
    const log = this.#openLog()
    if (!this.#sync.hasFailed) {
      this.#sync.sync(log)
      return
    }
    this.#sync.rewriteAndSync(log)
    const { error, since } = this.#trouble ?? new Trouble(new Error('sync failed'))
    this.#context.tell(this, { event: 'unsynced', error: error.message, from: since, to: Date.now() })
  }

  #settleOutstanding(intent: Intent): void {
    const log = findByIdentity(this.#context.channel.logDirectory, intent)
    try {
      const { carriedOut, foreign } = settle(intent, log, this.#context.source)
      if (foreign) this.#context.tell(this, { event: 'foreign' })
      if (carriedOut) {
        this.#commit(intent)
        rewind(this.#parts)
        if (this.#sync.durability.isWanted) this.#syncNow()
        return
      }
    } finally {
      log?.close()
    }
    this.#makeVoid(intent)
  }

  /** Only when the journal no longer holds the intent may its offset be used again, and its lines be read again. */
  #makeVoid(intent: Intent): void {
    this.#outstanding = undefined
    try {
      this.#context.checkpoint()
    } catch (error) {
      this.#outstanding = intent
      throw error
    }
    rewind(this.#parts)
  }

  #openLog(): LogFile {
    if (this.#log && !this.#log.isInPlace()) this.reopen()
    if (this.#log) return this.#log
    const log = LogFile.open(join(this.#context.channel.logDirectory, this.file), this.#options.mode)
    this.#log = log
    if (log.identity !== this.#lastIdentity) this.#begin(log)
    return log
  }

  /** A file that was not written by this listener before: what a former one has appended may have to be synced yet. */
  #begin(log: LogFile): void {
    const isFirst = this.#lastIdentity === undefined
    const cut = this.#context.afterReboot && isFirst ? log.cutTornTail() : 0
    if (cut > 0) this.#context.report(`${this.file}: cut ${cut} bytes of a line that a power loss had torn`)
    this.#lastIdentity = log.identity
    this.#sync.begin(log)
    this.#end = log.size()
    this.#rotation.begin(log)
  }

  /** Nobody logs at present: an open handle would keep a file on the disk that was moved away and deleted. */
  rest(hasWriters: boolean): void {
    if (this.#log && (!hasWriters || !this.#log.isInPlace())) this.reopen()
  }

  /** What the clock asks for, also when nothing is logged. To be called now and then. */
  tick(): void {
    this.#rotation.tick({ canRotate: this.#canRotate })
  }

  /**
   * Rotates now, if there is anything in the file.
   *
   * @returns the name that the file has now
   * @throws when that is not possible at present
   */
  rotate(): string | undefined {
    if (!this.#canRotate) throw new Error(`${this.file} can't be appended to at present`)
    return this.#rotation.rotateNow()
  }

  get #canRotate(): boolean {
    return !this.#outstanding && !this.#trouble
  }

  /** The file is about to be renamed. */
  #release(): void {
    this.reopen()
    if (this.#sync.hasFailed) throw new Error('what was appended can not be synced')
    this.#letGo()
  }

  /** Closes the file; the next batch opens it by name. What should be on the disk is, before the handle goes. */
  reopen(): void {
    const log = this.#log
    if (!log) return
    this.#log = undefined
    try {
      this.#sync.syncBeforeClose(log)
      this.#letGo()
    } catch (error) {
      this.#context.report(`${this.file} can't be closed properly: ${String(error)}`)
    } finally {
      log.close()
    }
  }

  /** The file may be deleted from now on, and its inode come back: the journal must say that nothing is open about it. */
  #letGo(): void {
    if (!this.#isAnnounced || this.#outstanding) return
    this.#context.journal.recordClosed(this.file)
    this.#isAnnounced = false
  }

  #beginTrouble(error: Error): void {
    this.reopen()
    if (this.#trouble) {
      this.#trouble.again(error)
      return
    }
    this.#trouble = new Trouble(error)
    this.#context.report(`${this.file} can't be appended to: ${error.message}. Trying again; no record is lost.`)
    this.#context.tellTrouble(this, error.message)
  }

  #leaveTrouble(trouble: Trouble): void {
    const { error, since } = trouble
    this.#trouble = undefined
    this.#context.tellTrouble(this, undefined)
    this.#context.report(`${this.file}: it is possible again to append.`)
    this.#context.tell(this, { event: 'trouble', task: 'append', error: error.message, from: since, to: Date.now() })
  }

  #rendering(bytes: number): { rendering?: Rendering } {
    if (!this.#renderer) return {}
    return { rendering: { format: this.#options.format, application: this.#renderer.application, bytes } }
  }

  /** Without the module that renders, lines are better appended as they are than not at all. */
  #makeRenderer(application: string): { render: Renderer['render']; application: string } | undefined {
    try {
      const renderer = createRenderer(this.#options.format, { resolveFrom: [application] })
      return renderer && { render: (line) => renderer.render(line), application }
    } catch (error) {
      this.#context.report(`${this.file} gets lines as they are: ${String(error)}`)
      return undefined
    }
  }

  status(): LogFileStatus {
    return {
      file: this.file,
      bytes: this.#bytes,
      records: this.#records,
      sinks: this.sinks.status(),
      rotations: this.#rotation.count,
      trouble: (this.#trouble?.error ?? this.#rotation.trouble)?.message ?? null,
    }
  }

  get isOpen(): boolean {
    return this.#log !== undefined
  }

  /** Whether there is nothing left to do for it, but what would be done anew with the next line. */
  get isDone(): boolean {
    return !this.#outstanding && !this.#trouble && !this.isBusy && !this.sinks.isActive && this.msUntilSync === Infinity
  }

  /** Whether rotated files are being compressed or deleted just now. */
  get isBusy(): boolean {
    return this.#rotation.isBusy
  }

  close(): void {
    this.reopen()
    this.sinks.close(0)
    this.#rotation.close()
  }
}

function makeOrder({ order }: LogOptions): TimeOrder | undefined {
  return order && new TimeOrder(order.window)
}

function rewind(parts: Batch['parts']): void {
  for (const { entry } of parts) entry.reader.rewind(entry.committed)
}
