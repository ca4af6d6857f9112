/**
 * How much of a log file is surely on the disk, and when the rest must be. One sync serves all lines that were appended
 * before it, however many workers logged them.
 */
import type { SyncPolicy } from '@pino-funnel/channel'
import { basename, dirname } from 'node:path'
import { Durability } from './durability.ts'
import type { LogFile } from './log-file.ts'
import { openMoved } from './moved-log.ts'

/** Far more than the operating system leaves unwritten of a file. */
const UNSYNCED_BY_OTHERS_BYTES = 256 * 1024 * 1024

/** Within two seconds, see trouble.ts: one bad block of a file that was renamed must not hold up all later records. */
const MOST_TRIES = 5

/** A sync that has failed: it is unknown what it has written. */
export interface SyncFailure {
  readonly error: Error
  /** Ms since the epoch. */
  readonly at: number
  /** Identity of the file: another one may have its name by the time its bytes are written again. */
  readonly identity: string
  /** The bytes before it are surely on the disk. */
  readonly synced: number
  /** How often its file could not be written again under another name. */
  tries: number
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
  /** One for each file, oldest first. */
  #failures: SyncFailure[] = []
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
    if (this.#failures.length > 0) return 0
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

  /** The oldest one whose bytes were not written again. */
  get failure(): SyncFailure | undefined {
    return this.#failures[0]
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
      const synced = Math.min(this.#synced, end)
      this.#failures.push({ error: error as Error, at: Date.now(), identity, synced, tries: 0 })
      throw error
    }
    this.#markSynced(end)
  }

  /**
   * After a failed sync the kernel may have dropped pages, and the next sync proves nothing: see `LogFile.rewrite`.
   *
   * @param log - the file that has the name now
   * @returns whether the bytes are on the disk now; if not, their file was moved out of the directory or deleted, or could
   * not be written again under its new name
   * @throws the system's error; to be repeated then
   */
  rewriteAndSync(log: LogFile, failure: SyncFailure): boolean {
    const { error, identity, synced } = failure
    let obstacle: string | undefined
    if (identity === log.identity) {
      const end = log.size()
      log.rewrite(Math.min(synced, end))
      this.#markSynced(end)
    } else obstacle = rewriteMoved(dirname(log.path), failure)
    this.#failures = this.#failures.filter((other) => other !== failure)
    if (obstacle !== undefined) this.#loss = { reason: `${error.message}, and ${obstacle}` }
    return obstacle === undefined
  }
  /** The last one, which flushes of the lines before it have to report. */
  get loss(): SyncLoss | undefined {
    return this.#loss
  }

  /**
   * Syncs what must be on the disk, before the file is closed; not after a failed sync of it, which proves nothing.
   *
   * @throws the system's error
   */
  syncBeforeClose(log: LogFile): void {
    if (this.#failures.some(({ identity }) => identity === log.identity)) return
    if (this.#unsyncedSince !== undefined && this.durability.isWanted) this.sync(log)
  }

  #markSynced(end: number): void {
    this.#unsyncedSince = undefined
    this.#synced = end
    this.durability.reset(this.#policies())
  }
}

/**
 * Writes a file again that has another name now.
 *
 * @returns why that can't be done; `undefined` when it was done
 * @throws an error that names the file; to be repeated then, a few times
 */
function rewriteMoved(directory: string, failure: SyncFailure): string | undefined {
  let name = 'the file before it'
  try {
    const moved = openMoved(directory, failure.identity)
    if (!moved) return 'the file was moved away before it was written again'
    name = basename(moved.path)
    try {
      moved.rewrite(Math.min(failure.synced, moved.size()))
    } finally {
      moved.close()
    }
    return undefined
  } catch (error) {
    const obstacle = `${name} can't be written again: ${error instanceof Error ? error.message : String(error)}`
    failure.tries += 1
    if (failure.tries >= MOST_TRIES) return obstacle
    throw new Error(obstacle, { cause: error })
  }
}
