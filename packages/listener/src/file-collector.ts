import { FunnelError, type Channel, type LogFileStatus } from '@pino-funnel/channel'
import { join } from 'node:path'
import { Batch } from './batch.ts'
import { intentBytes, type Intent, type Journal } from './journal.ts'
import { LogFile } from './log-file.ts'
import type { MailboxEntry } from './mailbox-entry.ts'
import { openByIdentity, settle, type RangeSource } from './recovery.ts'

/** After trouble with the log, the first retry comes soon, and later ones not too often. */
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5000

/** What a collector needs of the listener around it. */
export interface CollectorContext {
  readonly channel: Channel
  readonly journal: Journal
  readonly source: RangeSource
  /** Replaces the journal by what is known now: makes a void verdict durable. */
  checkpoint(): void
  /** Tells people about something that is not as it should be. */
  report(message: string): void
}

/**
 * Collects the lines for one log file: mailboxes → batch → intent in the journal → log file → committed.
 *
 * Trouble with the disk (no space, no permission, I/O error) stops nothing but this file, for a while: the intent stays
 * outstanding, and each retry first looks what became of it, exactly as recovery after a kill does.
 */
export class FileCollector {
  readonly file: string
  readonly #context: CollectorContext
  readonly #mode: number
  readonly #batch = new Batch()
  #log: LogFile | undefined
  /** Recorded in the journal, with its parts, but not known to be carried out. */
  #outstanding: Intent | undefined
  #parts: Batch['parts'] = []
  #trouble: { readonly error: Error; readonly retryAt: number; readonly delay: number } | undefined
  #bytes = 0
  #records = 0

  constructor(file: string, mode: number, context: CollectorContext) {
    this.file = file
    this.#mode = mode
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
    if (this.#trouble && performance.now() < this.#trouble.retryAt) return false
    try {
      if (this.#outstanding) this.#settleOutstanding(this.#outstanding)
      const more = this.#gather(entries, thorough)
      if (this.#batch.parts.length > 0) this.#append()
      for (const entry of entries) entry.answerFlushes()
      if (this.#trouble) this.#endTrouble()
      return more
    } catch (error) {
      this.#beginTrouble(error instanceof Error ? error : new Error(String(error)))
      return false
    }
  }

  /**
   * Who was served goes to the end of the line, so that a full batch starves nobody. Who has a line that needs a batch
   * of its own keeps the place, so that it gets to the head of the line.
   */
  #gather(entries: Set<MailboxEntry>, thorough: (entry: MailboxEntry) => boolean): boolean {
    this.#batch.clear()
    let more = false
    for (const entry of [...entries]) {
      const filled = this.#batch.isFull ? 'no room' : this.#batch.fill(entry, thorough(entry))
      entry.idlePasses = filled === 'nothing' ? entry.idlePasses + 1 : 0
      if (filled === 'no room') more = true
      if (filled !== 'lines') continue
      entries.delete(entry)
      entries.add(entry)
    }
    return more || this.#batch.isFull
  }

  #append(): void {
    // The file may have been moved away since; the intent and the bytes go to the same one.
    const { log, intent } = this.#announce()
    log.append(this.#batch.bytes)
    this.#commit(intent)
  }

  /** Until the intent is recorded, failing means only that the same lines are read again. */
  #announce(): { log: LogFile; intent: Intent } {
    try {
      const log = this.#openLog()
      if (this.#context.journal.needsCheckpoint) this.#context.checkpoint()
      const intent: Intent = {
        file: this.file,
        identity: log.identity,
        offset: log.size(),
        ranges: this.#batch.parts.map(({ entry, range }) => ({ mailbox: entry.id, ...range })),
      }
      this.#context.journal.record(intent)
      this.#outstanding = intent
      this.#parts = this.#batch.parts
      return { log, intent }
    } catch (error) {
      rewind(this.#batch.parts)
      throw error
    }
  }

  #commit(intent: Intent): void {
    for (const { entry, range, records } of this.#parts) {
      entry.commit({ mailbox: entry.id, ...range }, records)
      this.#records += records
    }
    this.#bytes += intentBytes(intent)
    this.#outstanding = undefined
    for (const { entry } of this.#parts) entry.retire()
  }

  #settleOutstanding(intent: Intent): void {
    const log = openByIdentity(this.#context.channel.logDirectory, intent)
    try {
      const { carriedOut, foreign } = settle(intent, log, this.#context.source)
      if (foreign) this.#context.report(`${this.file} was changed by somebody else while it was being appended to`)
      if (carriedOut) {
        this.#commit(intent)
        return
      }
    } finally {
      log?.close()
    }
    rewind(this.#parts)
    this.#outstanding = undefined
    this.#context.checkpoint()
  }

  #openLog(): LogFile {
    if (this.#log && !this.#log.isInPlace()) this.reopen()
    this.#log ??= LogFile.open(join(this.#context.channel.logDirectory, this.file), this.#mode)
    return this.#log
  }

  /** Closes the file; the next batch opens it by name. */
  reopen(): void {
    this.#log?.close()
    this.#log = undefined
  }

  #beginTrouble(error: Error): void {
    this.reopen()
    const delay = this.#trouble ? Math.min(this.#trouble.delay * 2, LONGEST_RETRY_MS) : FIRST_RETRY_MS
    if (this.#trouble?.error.message !== error.message) {
      this.#context.report(`${this.file} can't be appended to: ${error.message}. Trying again; no record is lost.`)
    }
    this.#trouble = { error, retryAt: performance.now() + delay, delay }
  }

  #endTrouble(): void {
    this.#trouble = undefined
    this.#context.report(`${this.file} can be appended to again.`)
  }

  status(): LogFileStatus {
    const error = this.#trouble?.error
    return {
      file: this.file,
      bytes: this.#bytes,
      records: this.#records,
      trouble: error ? (error instanceof FunnelError ? error.message : String(error)) : null,
    }
  }

  close(): void {
    this.reopen()
  }
}

function rewind(parts: Batch['parts']): void {
  for (const { entry } of parts) entry.reader.rewind(entry.committed)
}
