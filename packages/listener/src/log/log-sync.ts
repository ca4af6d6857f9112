/**
 * How much of a log file is surely on the disk, and when the rest must be. One sync serves all lines that were appended
 * before it, however many workers logged them.
 */
import type { SyncPolicy } from '@pino-funnel/channel'
import { dirname } from 'node:path'
import { Durability } from './durability.ts'
import type { LogFile } from './log-file.ts'
import { openMoved } from './moved-log.ts'

/** Far more than the operating system leaves unwritten of a file. */
const UNSYNCED_BY_OTHERS_BYTES = 256 * 1024 * 1024

/** A sync that has failed: it is unknown what it has written. */
export interface SyncFailure {
  readonly error: Error
  /** Ms since the epoch. */
  readonly at: number
  /** Identity of the file: another one may have its name by the time its bytes are written again. */
  readonly identity: string
  /** The bytes before it are surely on the disk. */
  readonly synced: number
}

/** Lines that may never be on the disk: their sync has failed, and their file is out of reach. */
export interface SyncLoss {
  readonly reason: string
}

export class LogSync {
  /**
   * The sync policies of the file's writers. That of one that has gone holds until the next sync: lines that are not on
   * the disk yet were logged under it.
   */
  readonly durability: Durability = new Durability()
  readonly #policies: () => Iterable<SyncPolicy>
  #synced = 0
  #unsyncedSince: number | undefined
  #failure: SyncFailure | undefined
  #loss: SyncLoss | undefined

  /** @param policies - those of the writers that are there */
  constructor(policies: () => Iterable<SyncPolicy>) {
    this.#policies = policies
  }

  /**
   * The file is new to this listener: lines that an earlier listener appended may still have to be synced. A failure with
   * the file before it stays.
   */
  begin(log: LogFile): void {
    this.#synced = Math.max(0, log.size() - UNSYNCED_BY_OTHERS_BYTES)
    this.#unsyncedSince = performance.now()
  }

  markAppended(): void {
    this.#unsyncedSince ??= performance.now()
  }

  /** Ms until the lines appended so far must be synced; `Infinity` when none must be. */
  get msUntilDue(): number {
    if (this.#failure) return 0
    if (this.#unsyncedSince === undefined) return Infinity
    return Math.max(0, this.#unsyncedSince + this.durability.interval - performance.now())
  }

  /**
   * @param lines - the lines that were appended last
   * @param isFlushWanted - whether a worker waits for its lines to be on the disk
   */
  isDue(lines: Buffer, isFlushWanted: boolean): boolean {
    if (this.#unsyncedSince === undefined || !this.durability.isWanted) return false
    return this.msUntilDue === 0 || isFlushWanted || this.durability.demandsSync(lines)
  }

  /** Whether all lines that were appended are on the disk. */
  get isDone(): boolean {
    return this.#unsyncedSince === undefined
  }

  /** Of the last sync, if it has failed, and its bytes were not written again. */
  get failure(): SyncFailure | undefined {
    return this.#failure
  }

  /**
   * Syncs all lines that were appended.
   *
   * @throws the system's error; only `rewriteAndSync` helps then
   */
  sync(log: LogFile): void {
    const end = log.size()
    try {
      log.sync()
    } catch (error) {
      const { identity } = log
      this.#failure = { error: error as Error, at: Date.now(), identity, synced: Math.min(this.#synced, end) }
      throw error
    }
    this.#markSynced(end)
  }

  /**
   * After a failed sync the kernel may have dropped pages, and the next sync proves nothing: see `LogFile.rewrite`.
   *
   * @param log - the file that has the name now
   * @returns whether the bytes are on the disk now; if not, their file was moved out of the directory or deleted
   * @throws the system's error; to be repeated then
   */
  rewriteAndSync(log: LogFile, { error, identity, synced }: SyncFailure): boolean {
    if (identity === log.identity) {
      const end = log.size()
      log.rewrite(Math.min(synced, end))
      this.#markSynced(end)
      return true
    }
    const moved = openMoved(dirname(log.path), identity)
    try {
      moved?.rewrite(Math.min(synced, moved.size()))
    } finally {
      moved?.close()
    }
    if (!moved) this.#loss = { reason: `${error.message}, and the file was moved away before it was written again` }
    this.#failure = undefined
    return moved !== undefined
  }

  /** The last one, which flushes of the lines before it have to report. */
  get loss(): SyncLoss | undefined {
    return this.#loss
  }

  /**
   * Syncs what must be on the disk, before the file is closed.
   *
   * @throws the system's error
   */
  syncBeforeClose(log: LogFile): void {
    if (this.#unsyncedSince !== undefined && this.durability.isWanted && !this.#failure) this.sync(log)
  }

  #markSynced(end: number): void {
    this.#failure = undefined
    this.#unsyncedSince = undefined
    this.#synced = end
    this.durability.reset(this.#policies())
  }
}
