import { type Channel, type LogFileStatus, type Notice } from '@pino-funnel/channel'
import { join } from 'node:path'
import { Batch, type Filled } from './batch.ts'
import { Durability } from './durability.ts'
import { intentBytes, type Intent, type Journal } from './journal.ts'
import { LogFile } from './log-file.ts'
import type { MailboxEntry } from './mailbox-entry.ts'
import { findByIdentity, settle, type RangeSource } from './recovery.ts'
import { Trouble } from './trouble.ts'

/** What a collector needs of the listener around it. */
export interface CollectorContext {
  readonly channel: Channel
  readonly journal: Journal
  readonly source: RangeSource
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

/** Far more than the operating system leaves unwritten of a file. */
const UNSYNCED_BY_OTHERS_BYTES = 256 * 1024 * 1024

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
  readonly #context: CollectorContext
  readonly mode: number
  /** When what was appended must be on the disk. */
  readonly durability: Durability = new Durability()
  #log: LogFile | undefined
  /** Recorded in the journal, with its parts, but not known to be carried out. */
  #outstanding: Intent | undefined
  #parts: Batch['parts'] = []
  #trouble: Trouble | undefined
  /** What the log file is known to be on the disk up to, and since when there is more. */
  #synced = 0
  #unsyncedSince: number | undefined
  #syncFailed = false
  #lastIdentity: string | undefined
  #bytes = 0
  #records = 0

  constructor(file: string, mode: number, context: CollectorContext) {
    this.file = file
    this.mode = mode
    this.#context = context
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
  collect(entries: Set<MailboxEntry>, thorough: (entry: MailboxEntry) => boolean): boolean {
    if (this.#trouble?.isWaiting) return false
    try {
      if (this.#outstanding) this.#settleOutstanding(this.#outstanding)
      if (this.#syncFailed) this.#syncAnew()
      const more = this.#gather(entries, thorough)
      if (BATCH.parts.length > 0) this.#append()
      if (this.#isSyncDue(entries)) this.#sync()
      for (const entry of entries) entry.answerFlushes()
      if (this.#trouble) this.#endTrouble(this.#trouble)
      return more
    } catch (error) {
      // Lines that were read, but not announced, are read again.
      if (!this.#outstanding) rewind(BATCH.parts)
      BATCH.clear()
      this.#beginTrouble(error instanceof Error ? error : new Error(String(error)))
      return false
    }
  }

  /**
   * Who was served goes to the end of the line, so that a full batch starves nobody. Who has a line that needs a batch
   * of its own keeps the place, so that it gets to the head of the line.
   */
  #gather(entries: Set<MailboxEntry>, thorough: (entry: MailboxEntry) => boolean): boolean {
    BATCH.clear()
    let more = false
    for (const entry of Array.from(entries)) {
      const filled = BATCH.isFull ? 'no room' : this.#fill(entry, thorough(entry))
      entry.idlePasses = filled === 'nothing' || filled === 'unreadable' ? entry.idlePasses + 1 : 0
      if (filled === 'no room') more = true
      if (filled !== 'lines') continue
      entries.delete(entry)
      entries.add(entry)
    }
    return more || BATCH.isFull
  }

  /** A mailbox that can't be read at present must not hold up the others. */
  #fill(entry: MailboxEntry, thorough: boolean): Filled | 'unreadable' {
    try {
      const filled = BATCH.fill(entry, thorough)
      entry.unreadable = undefined
      return filled
    } catch (error) {
      if (entry.unreadable === undefined)
        this.#context.report(`the mailbox ${entry.id} can't be read: ${String(error)}`)
      entry.unreadable = String(error)
      return 'unreadable'
    }
  }

  #append(): void {
    // The file may have been moved away since; the intent and the bytes go to the same one.
    const { log, intent } = this.#announce()
    log.append(BATCH.bytes)
    if (log.isDeleted()) {
      // Somebody has deleted the file in this very instant. The same lines go to the next one.
      this.reopen()
      this.#makeVoid(intent)
      return
    }
    this.#commit(intent)
  }

  #announce(): { log: LogFile; intent: Intent } {
    const log = this.#openLog()
    if (this.#context.journal.needsCheckpoint) this.#context.checkpoint()
    const intent: Intent = {
      file: this.file,
      identity: log.identity,
      offset: log.size(),
      ranges: BATCH.parts.map(({ entry, range }) => ({ mailbox: entry.id, ...range })),
    }
    this.#context.journal.record(intent)
    this.#outstanding = intent
    this.#parts = BATCH.parts
    return { log, intent }
  }

  #commit(intent: Intent): void {
    for (const { entry, range, records } of this.#parts) {
      entry.commit({ mailbox: entry.id, ...range }, records)
      this.#records += records
    }
    this.#bytes += intentBytes(intent)
    this.#outstanding = undefined
    this.#unsyncedSince ??= performance.now()
    for (const { entry } of this.#parts) entry.retire()
  }

  /** Ms until something has to be synced that was appended; `Infinity` when nothing has to be. */
  get msUntilSync(): number {
    if (this.#unsyncedSince === undefined) return Infinity
    return Math.max(0, this.#unsyncedSince + this.durability.interval - performance.now())
  }

  #isSyncDue(entries: Set<MailboxEntry>): boolean {
    if (this.#unsyncedSince === undefined || !this.durability.isWanted) return false
    if (this.msUntilSync === 0) return true
    if (this.durability.demandsSync(BATCH.bytes)) return true
    return [...entries].some((entry) => entry.flushes.length > 0)
  }

  /** One sync for all that was appended meanwhile, by however many workers. */
  #sync(): void {
    const log = this.#openLog()
    const end = log.size()
    this.#syncFailed = true
    log.sync()
    this.#markSynced(end)
  }

  /** A failed sync may have lost pages silently, so that the next one proves nothing: they are written again first. */
  #syncAnew(): void {
    const log = this.#openLog()
    const end = log.size()
    log.rewrite(Math.min(this.#synced, end))
    this.#markSynced(end)
    const { error, since } = this.#trouble ?? new Trouble(new Error('sync failed'))
    this.#context.tell(this, { event: 'unsynced', error: error.message, from: since, to: Date.now() })
  }

  #markSynced(end: number): void {
    this.#syncFailed = false
    this.#unsyncedSince = undefined
    this.#synced = end
  }

  #settleOutstanding(intent: Intent): void {
    const log = findByIdentity(this.#context.channel.logDirectory, intent)
    try {
      const { carriedOut, foreign } = settle(intent, log, this.#context.source)
      if (foreign) this.#context.tell(this, { event: 'foreign' })
      if (carriedOut) {
        this.#commit(intent)
        if (this.durability.isWanted) this.#sync()
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
    const log = LogFile.open(join(this.#context.channel.logDirectory, this.file), this.mode)
    if (log.identity !== this.#lastIdentity) this.#begin(log)
    this.#log = log
    return log
  }

  /** A file that was not written by this listener before: what a former one has appended may have to be synced yet. */
  #begin(log: LogFile): void {
    const cut = this.#context.afterReboot && this.#lastIdentity === undefined ? log.cutTornTail() : 0
    if (cut > 0) this.#context.report(`${this.file}: cut ${cut} bytes of a line that a power loss had torn`)
    this.#lastIdentity = log.identity
    this.#synced = Math.max(0, log.size() - UNSYNCED_BY_OTHERS_BYTES)
    this.#unsyncedSince = performance.now()
    this.#syncFailed = false
  }

  /** Nobody logs at present: an open handle would keep a file on the disk that was moved away and deleted. */
  rest(hasWriters: boolean): void {
    if (this.#log && (!hasWriters || !this.#log.isInPlace())) this.reopen()
  }

  /** Closes the file; the next batch opens it by name. What should be on the disk is, before the handle goes. */
  reopen(): void {
    const log = this.#log
    this.#log = undefined
    try {
      if (log && this.#unsyncedSince !== undefined && this.durability.isWanted && !this.#syncFailed) log.sync()
    } catch (error) {
      this.#syncFailed = true
      this.#context.report(`${this.file} can't be synced: ${String(error)}`)
    } finally {
      log?.close()
    }
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

  #endTrouble(trouble: Trouble): void {
    this.#trouble = undefined
    this.#context.report(`${this.file} can be appended to again.`)
    this.#context.tellTrouble(this, undefined)
    const { error, since } = trouble
    this.#context.tell(this, { event: 'trouble', error: error.message, from: since, to: Date.now() })
  }

  status(): LogFileStatus {
    return {
      file: this.file,
      bytes: this.#bytes,
      records: this.#records,
      trouble: this.#trouble?.error.message ?? null,
    }
  }

  close(): void {
    this.reopen()
  }
}

function rewind(parts: Batch['parts']): void {
  for (const { entry } of parts) entry.reader.rewind(entry.committed)
}
