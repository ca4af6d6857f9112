/**
 * Background work on rotated files: files beyond the limits are deleted, the others are compressed.
 *
 * It starts from the files in the directory, so that the next listener finishes what a killed one has left. After that
 * it keeps its own list of files, because a directory may hold thousands of them.
 *
 *     idle ──wake()──▶ running ──wake(), or a file was compressed──▶ again
 *      ▲                  │  ▲                                         │
 *      └── nothing to do ─┘  └─────────────── next round ──────────────┘
 */
import { isTrustedFile, type Compression, type RotationOptions } from '@pino-funnel/channel'
import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogLedger } from '../ledger/log-ledger.ts'
import { compressFile, isLeftover } from './compression.ts'
import { LogHolds, NO_HOLDS, type HoldLag } from '../ledger/log-holds.ts'
import { removals, type Removal, type RotatedFile } from './retention.ts'
import { compressedName, PARTIAL_SUFFIX, type RotatedNames } from './rotated-names.ts'

export interface HousekeepingEvents {
  /** Files were deleted to stay within the disk limit. */
  removed(removals: readonly Removal[]): void
  /** How far the readers are behind that hold files. */
  lags(lags: readonly HoldLag[]): void
  /** A task failed, and will be tried again; or all tasks work again (`undefined`). */
  trouble(error: Error | undefined): void
}

/** Tasks that failed, by file name. */
type Failures = Map<string, Error>

/** Between two checks of what changes by itself. */
const CHECK_MS = 10_000

export class Housekeeping {
  readonly #directory: string
  readonly #file: string
  readonly #names: RotatedNames
  readonly #options: RotationOptions
  readonly #events: HousekeepingEvents
  readonly #ledger: Pick<LogLedger, 'holds' | 'lacksContent' | 'describe'>
  readonly #stopping = new AbortController()
  readonly #predecessor: Promise<void>
  /** Rotated files, oldest first; `undefined` before the directory was read, and after a failure. */
  #files: RotatedFile[] | undefined
  #nextCheck = 0
  /** Whether readers hold files, as far as is known. */
  #isHeld = false
  #state: 'idle' | 'running' | 'again' = 'idle'
  #run: Promise<void>

  /** @param predecessor - resolved when the housekeeping before this one no longer works on the files */
  constructor(
    directory: string,
    file: string,
    names: RotatedNames,
    options: RotationOptions,
    events: HousekeepingEvents,
    ledger: Pick<LogLedger, 'holds' | 'lacksContent' | 'describe'>,
    predecessor: Promise<void> = Promise.resolve(),
  ) {
    this.#directory = directory
    this.#file = file
    this.#names = names
    this.#options = options
    this.#events = events
    this.#ledger = ledger
    this.#predecessor = predecessor
    this.#run = predecessor
  }

  /**
   * Wakes the housekeeping for work that no rotation announces: files grow old, other programs fill the disk, a task
   * has failed, or a killed listener has left work. To be called at intervals.
   */
  tick(): void {
    const { age, free } = this.#options.limit
    const changesByItself = age !== undefined || free !== undefined || this.#isHeld
    const isDone = this.#files !== undefined || this.isBusy
    if ((isDone && !changesByItself) || performance.now() < this.#nextCheck) return
    this.#nextCheck = performance.now() + CHECK_MS
    this.wake()
  }

  get isBusy(): boolean {
    return this.#state !== 'idle'
  }

  /** A file was rotated to this name. */
  add(name: string): void {
    const file = this.#describe(name)
    if (file) this.#files?.push(file)
    this.wake()
  }

  /** There may be work. */
  wake(): void {
    if (this.#stopping.signal.aborted || !this.#hasTask) return
    if (this.#state === 'idle') this.#run = this.#work()
    else this.#state = 'again'
  }

  get #hasTask(): boolean {
    return this.#options.compress !== undefined || Object.keys(this.#options.limit).length > 0
  }

  /** Stops. The next listener starts an unfinished task again. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#run
  }

  async #work(): Promise<void> {
    this.#state = 'running'
    await this.#predecessor
    const failures: Failures = new Map()
    do {
      this.#state = 'running'
      await this.#try(failures, this.#directory, () => this.#round(failures))
      for (const error of failures.values()) this.#events.trouble(error)
    } while (this.#isWanted())
    this.#state = 'idle'
    // After a failure the list of files may be wrong.
    if (failures.size > 0) this.#files = undefined
    else if (!this.#stopping.signal.aborted) this.#events.trouble(undefined)
  }

  #isWanted(): boolean {
    return this.#state === 'again' && !this.#stopping.signal.aborted
  }

  /** Deletes files beyond the limits, then describes and compresses one file: the limits come first in every round. */
  async #round(failures: Failures): Promise<void> {
    if (!this.#files) await this.#removeLeftovers(failures)
    const files = (this.#files ??= this.#listFiles())
    // A failure must not hold up compression.
    await this.#try(failures, 'limit', () => this.#retain(files, failures))
    if (this.#stopping.signal.aborted) return
    // The youngest first: the oldest ones are deleted soon.
    const next = files.findLast((file) => this.#isUnfinished(file) && !failures.has(file.name))
    if (!next) return
    await this.#try(failures, next.name, () => this.#finish(next, files))
    this.#state = 'again'
  }

  #isUnfinished({ original, compression }: RotatedFile): boolean {
    if (compression !== undefined) return false
    return this.#options.compress !== undefined || this.#ledger.lacksContent(original)
  }

  /** Notes what is in a file, and compresses it. */
  async #finish(file: RotatedFile, files: RotatedFile[]): Promise<void> {
    const { compress } = this.#options
    const isThere = this.#describe(file.name) !== undefined
    if (isThere) await this.#ledger.describe(join(this.#directory, file.name), file.original, this.#stopping.signal)
    if (compress !== undefined) await this.#compress(file, files, compress)
    else if (!isThere) files.splice(files.indexOf(file), 1)
  }

  /** A failure with one file must not hold up the others. */
  async #try(failures: Failures, name: string, task: () => Promise<unknown>): Promise<boolean> {
    try {
      await task()
      failures.delete(name)
      return true
    } catch (error) {
      if (!this.#stopping.signal.aborted) failures.set(name, error instanceof Error ? error : new Error(String(error)))
      return false
    }
  }

  async #compress(file: RotatedFile, files: RotatedFile[], compression: Compression): Promise<void> {
    // Another program may have removed it.
    const isThere = this.#describe(file.name) !== undefined
    if (isThere) await compressFile(join(this.#directory, file.name), compression, this.#stopping.signal)
    const compressed = isThere ? this.#describe(compressedName(file.name, compression)) : undefined
    files.splice(files.indexOf(file), 1, ...(compressed ? [compressed] : []))
  }

  /** An unfinished compression leaves a partial file, or the original beside the whole file. */
  async #removeLeftovers(failures: Failures): Promise<void> {
    const files = this.#listFiles()
    const originals = new Set(files.flatMap(({ name, compression }) => (compression === undefined ? name : [])))
    for (const { original, compression } of files) {
      if (compression === undefined || !originals.has(original)) continue
      const isWhole = await isLeftover(join(this.#directory, original), compression, this.#stopping.signal)
      if (isWhole) await this.#remove(original, failures)
    }
    for (const name of readdirSync(this.#directory)) if (this.#isPartial(name)) await this.#remove(name, failures)
  }

  #listFiles(): RotatedFile[] {
    const files = readdirSync(this.#directory).flatMap((name) => this.#describe(name) ?? [])
    // A number exists twice when names had no dates for a while. Then the clock decides.
    return files.toSorted((one, other) => one.number - other.number || one.modified - other.modified)
  }

  #isPartial(name: string): boolean {
    if (!name.endsWith(PARTIAL_SUFFIX)) return false
    return this.#names.parse(name.slice(0, -PARTIAL_SUFFIX.length)) !== undefined && this.#statsOf(name) !== undefined
  }

  /** `undefined` for a name that is not a rotated file's, and for a file that does not exist. */
  #describe(name: string): RotatedFile | undefined {
    const parsed = this.#names.parse(name)
    const stats = parsed && this.#statsOf(name)
    return parsed && stats && { ...parsed, bytes: stats.size, modified: stats.mtimeMs }
  }

  /** `undefined` for what others may have put there: it is neither counted, nor read, nor deleted. */
  #statsOf(name: string): Stats | undefined {
    const path = join(this.#directory, name)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    return stats && isTrustedFile(path, stats) ? stats : undefined
  }

  async #retain(files: RotatedFile[], failures: Failures): Promise<void> {
    const { limit } = this.#options
    const current = this.#statsOf(this.#file)?.size ?? 0
    const free = limit.free === undefined ? Infinity : await this.#freeBytes()
    const holds = this.#holds(files)
    const removed: Removal[] = []
    for (const removal of removals({ rotated: files, current, free, now: Date.now() }, limit, holds)) {
      if (!(await this.#remove(removal.file.name, failures))) continue
      files.splice(files.indexOf(removal.file), 1)
      removed.push(removal)
    }
    const forRoom = removed.filter(({ reason }) => reason === 'bytes' || reason === 'free')
    if (forRoom.length > 0) this.#events.removed(forRoom)
  }

  #holds(files: readonly RotatedFile[]): LogHolds {
    const { holds, files: noted, head } = this.#ledger.holds()
    this.#isHeld = holds.length > 0
    if (!this.#isHeld) return NO_HOLDS
    const originals = new Set(files.map(({ original }) => original))
    const remaining = noted.filter(({ name }) => name === undefined || originals.has(name))
    const known = new LogHolds(holds, remaining, head, noted)
    this.#events.lags(known.lags)
    return known
  }

  async #freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#directory)
    return bavail * bsize
  }

  async #remove(name: string, failures: Failures): Promise<boolean> {
    return this.#try(failures, name, () => rm(join(this.#directory, name), { force: true }))
  }
}
