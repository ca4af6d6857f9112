import { Durability } from './durability.ts'
import type { LogFile } from './log-file.ts'

/** Far more than the operating system leaves unwritten of a file. */
const UNSYNCED_BY_OTHERS_BYTES = 256 * 1024 * 1024

/** How much of a log file is on the disk for sure, and when the rest has to be. */
export class LogSync {
  /** What the writers of the file wish. */
  readonly durability: Durability = new Durability()
  #synced = 0
  #unsyncedSince: number | undefined
  #failed = false

  /** A file that was not written by this listener before: what a former one has appended may have to be synced yet. */
  begin(log: LogFile): void {
    this.#synced = Math.max(0, log.size() - UNSYNCED_BY_OTHERS_BYTES)
    this.#unsyncedSince = performance.now()
    this.#failed = false
  }

  noteAppended(): void {
    this.#unsyncedSince ??= performance.now()
  }

  /** Ms until something has to be synced that was appended; `Infinity` when nothing has to be. */
  get msUntilDue(): number {
    if (this.#unsyncedSince === undefined) return Infinity
    return Math.max(0, this.#unsyncedSince + this.durability.interval - performance.now())
  }

  /**
   * @param lines - that were appended just now
   * @param isFlushWanted - somebody waits for what was appended to be safe
   */
  isDue(lines: Buffer, isFlushWanted: boolean): boolean {
    if (this.#unsyncedSince === undefined || !this.durability.isWanted) return false
    return this.msUntilDue === 0 || isFlushWanted || this.durability.demandsSync(lines)
  }

  /** The last sync has failed: nothing is known of what it has written. */
  get hasFailed(): boolean {
    return this.#failed
  }

  /**
   * One sync for all that was appended meanwhile, by however many workers.
   *
   * @throws the system's error; only `syncAnew` helps then
   */
  sync(log: LogFile): void {
    const end = log.size()
    this.#failed = true
    log.sync()
    this.#markSynced(end)
  }

  /** A failed sync may have lost pages silently, so that the next one proves nothing: they are written again first. */
  syncAnew(log: LogFile): void {
    const end = log.size()
    log.rewrite(Math.min(this.#synced, end))
    this.#markSynced(end)
  }

  /**
   * What should be on the disk is, before the handle goes.
   *
   * @throws the system's error
   */
  syncBeforeClose(log: LogFile): void {
    if (this.#unsyncedSince !== undefined && this.durability.isWanted && !this.#failed) this.sync(log)
  }

  #markSynced(end: number): void {
    this.#failed = false
    this.#unsyncedSince = undefined
    this.#synced = end
  }
}
