/**
 * A mailbox in the listener's hands: its reader, whether its writer is alive, how it is being read, and how much of it
 * is in the log file.
 *
 * What always holds in this room: each of these states has one owner, and changes by that owner's methods only.
 */
import {
  comparePositions,
  type LevelReport,
  withNames,
  type LineRange,
  type MailboxReader,
  type MailboxStatus,
  type Probe,
  type WorkerActivity,
} from '@pino-funnel/channel'
import type { Connection, PendingFlush } from '../control/connection.ts'
import { behind, type Collected } from '../journal/journal-entry.ts'
import type { SyncLoss } from '../log/log-sync.ts'
import { describeMailbox } from './describe-mailbox.ts'
import { ReadState } from './read-state.ts'
import { WriterLiveness, type LivenessEvents } from './writer-liveness.ts'

/** Flushes that wait: beyond so many, those are refused that have waited for so long. A worker has given these up. */
const MOST_FLUSHES = 10_000
const LONGEST_FLUSH_MS = 60_000

export class MailboxEntry {
  readonly reader: MailboxReader
  readonly liveness: WriterLiveness
  readonly reading: ReadState = new ReadState()
  #former: MailboxEntry | undefined
  #flushes: PendingFlush[] = []
  #unreadable: string | undefined
  #committed: Collected
  #bytes = 0
  #last: number | undefined
  #level: LevelReport | null = null
  /** How often it was asked for its level. */
  #questions = 0
  /** The question whose answer counts. */
  #openQuestion = 0
  /** Whether its writer knows that a segment is missing. */
  #isReported = false
  /** The last loss before its first line, or that a flush has reported. `undefined` while the log has no line of it. */
  #knownLoss: SyncLoss | 'none' | undefined
  /** Bytes that were found to be cut away. */
  #cutAway = 0

  /** @param before - what former listeners have collected, and what this one had before the mailbox was away */
  constructor(reader: MailboxReader, eventsOf: (entry: MailboxEntry) => LivenessEvents, before?: Collected) {
    this.reader = reader
    if (before) this.#knownLoss = 'none'
    this.#committed = { records: before?.records ?? 0, bytes: before?.bytes ?? 0, ...reader.position }
    this.#retireFormer()
    this.liveness = new WriterLiveness(reader, eventsOf(this), () => this.#bytes)
  }

  /** The mailbox that the same thread has sealed before, for the same log file: its lines come first. */
  get former(): MailboxEntry | undefined {
    return this.#former
  }

  /** @param former - is passed over when it is of another log file, or comes after this one itself */
  comesAfter(former: MailboxEntry): void {
    if (former.file !== this.file) return
    for (let entry: MailboxEntry | undefined = former; entry; entry = entry.former) if (entry === this) return
    this.#former = former
  }

  /** All lines of the former mailbox are in the log file, or will never be. */
  forgetFormer(): void {
    this.#former = undefined
  }

  /** A mailbox that is not there is not waited for, only those before it. */
  passOver(gone: MailboxEntry): void {
    if (this.#former === gone) this.#former = gone.former
  }

  /** Whether all that was read is in the log file. */
  get isCommitted(): boolean {
    return comparePositions(this.#committed, this.reader.position) === 0
  }

  get id(): string {
    return this.reader.id
  }

  /** Name of the log file that the mailbox is for. */
  get file(): string {
    return this.reader.profile.file
  }

  /** Whether it has records of an application, rather than a listener's own notices. */
  get isWorker(): boolean {
    return this.reader.profile.role === 'worker'
  }

  /** Whether its writer is a thread beside the main thread of its process. */
  get isThread(): boolean {
    return this.reader.profile.threadId !== 0
  }

  /** Bytes that this listener has collected from it. */
  get bytes(): number {
    return this.#bytes
  }

  /** Records that were collected from it, by whichever listeners. */
  get records(): number {
    return this.#committed.records
  }

  /** When this listener has collected the last record, ms since the epoch. */
  get last(): number | undefined {
    return this.#last
  }

  /** The position up to which the log file has the mailbox for sure, and what that was. */
  get committed(): Collected {
    return this.#committed
  }

  /** Why the mailbox can't be read now; `undefined` when it can. */
  get unreadable(): string | undefined {
    return this.#unreadable
  }

  /** Whether to probe for a next segment that no end mark announces: the writer may not have had room for the mark. */
  get probesNextSegment(): Probe {
    return this.liveness.hasEnded || (this.reading.state === 'dozing' && 'cheaply')
  }

  /** A read has worked. */
  becameReadable(): void {
    this.#unreadable = undefined
  }

  /**
   * A read has failed.
   *
   * @returns whether the one before it had worked
   */
  becameUnreadable(error: unknown): boolean {
    const isNews = this.#unreadable === undefined
    this.#unreadable = withNames(String(error))
    return isNews
  }

  /**
   * Lets the writer know that its segment is missing, once for each connection: it makes that again.
   *
   * @returns bytes that another program was found to have cut away since the last call
   */
  checkForDamage(): number {
    const { isMissing, cutAway } = this.reader
    if (!isMissing) this.#isReported = false
    else if (!this.#isReported) this.liveness.send({ type: 'gone' })
    this.#isReported ||= isMissing && this.liveness.state === 'connected'
    const bytes = cutAway - this.#cutAway
    this.#cutAway = cutAway
    return bytes
  }

  /** A range is in the log file. */
  commit(range: LineRange, records: number): void {
    this.#committed = behind({ ...range, records }, this.#committed)
    this.#bytes += range.to - range.from
    this.#last = Date.now()
  }

  /** Lines of it were appended to the log file after this loss, the last one. */
  appendedAfter(loss: SyncLoss | undefined): void {
    this.#knownLoss ??= loss ?? 'none'
  }

  /** The writer has a new connection: what it answers to `welcome`, question 0, is not older than the last question. */
  welcomed(): void {
    this.#isReported = false
    this.#openQuestion = 0
  }

  /** The writer has read the orders of levels, and says what its loggers have done. */
  follows(question: number, report: LevelReport): void {
    if (question === this.#openQuestion) this.#level = report
  }

  /** Asks the writer to read the orders of levels. */
  askForLevel(): void {
    this.#level = null
    this.#questions += 1
    this.#openQuestion = this.#questions
    this.liveness.send({ type: 'levels', question: this.#openQuestion })
  }

  /** What a former listener has not given up any more. A mailbox is read also where that can't be done. */
  #retireFormer(): void {
    try {
      this.retire()
    } catch {
      // The next commit tries again, and reports it.
    }
  }

  /**
   * Gives up the segments whose lines are all in the log file.
   *
   * @throws the system's error; the next call tries again
   */
  retire(): void {
    this.reader.retireBefore(this.#committed.sequence)
  }

  /** What was read, but is not committed, is read again. */
  rewind(): void {
    this.reader.rewind(this.#committed)
  }

  get hasFlushes(): boolean {
    return this.#flushes.length > 0
  }

  /** A worker gives a flush up after a while, and does not say so. */
  addFlush(flush: PendingFlush): void {
    this.#flushes.push(flush)
    const [oldest] = this.#flushes
    if (this.#flushes.length <= MOST_FLUSHES || !oldest || performance.now() - oldest.since < LONGEST_FLUSH_MS) return
    this.#flushes.shift()
    oldest.answer('it has waited for a minute, and thousands wait with it')
  }

  /** A connection has ended, and nothing can be answered by it any more. */
  forgetFlushes(connection: Connection): void {
    this.#flushes = this.#flushes.filter((flush) => flush.connection !== connection)
  }

  /**
   * Answers the flushes that are fulfilled. To be called only when everything read is in the log file.
   *
   * @param loss - the last one of the log file. One that lines of the mailbox came before is reported once
   */
  answerFlushes(loss?: SyncLoss): void {
    if (!this.hasFlushes) return
    const { position } = this.reader
    const isFulfilled = (flush: PendingFlush): boolean => comparePositions(flush.position, position) <= 0
    const fulfilled = this.#flushes.filter(isFulfilled)
    this.#flushes = this.#flushes.filter((flush) => !isFulfilled(flush))
    const isLost = loss !== undefined && this.#knownLoss !== undefined && this.#knownLoss !== loss
    if (isLost && fulfilled.length > 0) this.#knownLoss = loss
    for (const flush of fulfilled) flush.answer(isLost ? loss.reason : undefined, isLost)
    const hopeless = this.#flushes.filter((flush) => this.reader.isCutBefore(flush.position))
    if (hopeless.length === 0) return
    this.#flushes = this.#flushes.filter((flush) => !hopeless.includes(flush))
    for (const flush of hopeless) flush.answer('another program has cut the segment', true)
  }

  close(): void {
    this.liveness.close()
    this.reader.close()
  }

  status(activity: WorkerActivity | null): MailboxStatus {
    const { sequence, offset, records, bytes } = this.#committed
    return {
      ...describeMailbox(this.reader),
      liveness: this.#livenessStatus(),
      activity,
      position: { sequence, offset },
      bytes,
      records,
      last: this.#last ?? null,
      level: this.#level,
    }
  }

  #livenessStatus(): MailboxStatus['liveness'] {
    switch (this.liveness.state) {
      case 'connected':
        return 'connected'
      case 'observed':
        return 'alive'
      case 'suspected':
      case 'probing':
      case 'away':
        return 'unknown'
      case 'ended':
        return this.reader.ending.isSealed() ? 'sealed' : 'dead'
    }
  }
}
