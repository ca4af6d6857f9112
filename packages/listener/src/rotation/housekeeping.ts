/**
 * What is done about rotated files, in the background: those beyond the limits are deleted, the others compressed.
 *
 * It begins with what is in the directory, so that a listener that dies in the middle leaves nothing that the next one
 * would not finish. From then on it knows what there is: a directory may hold thousands of files.
 */
import type { Compression, RotationOptions } from '@pino-funnel/channel'
import { readdirSync, statSync, type Stats } from 'node:fs'
import { rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { compressFile } from './compression.ts'
import { removals, type Removal, type RotatedFile } from './retention.ts'
import { compressedName, PARTIAL_SUFFIX, type RotatedNames } from './rotated-names.ts'

export interface HousekeepingEvents {
  /** Files were deleted because the disk was to hold no more. */
  removed(removals: readonly Removal[]): void
  /** Something could not be done, and will be tried again, or could be done again (`undefined`). */
  trouble(error: Error | undefined): void
}

/** What could not be done, by file. */
type Failures = Map<string, Error>

/** Between two looks at what changes by itself. */
const LOOK_MS = 10_000

export class Housekeeping {
  readonly #directory: string
  readonly #file: string
  readonly #names: RotatedNames
  readonly #options: RotationOptions
  readonly #events: HousekeepingEvents
  readonly #stopping = new AbortController()
  readonly #predecessor: Promise<void>
  /** Rotated files, oldest first; `undefined` until the directory was looked into, and after something has failed. */
  #files: RotatedFile[] | undefined
  #nextLook = 0
  #state: 'idle' | 'running' | 'again' = 'idle'
  #run: Promise<void>

  /** @param predecessor - until it is settled, another one may be at the same files */
  constructor(
    directory: string,
    file: string,
    names: RotatedNames,
    options: RotationOptions,
    events: HousekeepingEvents,
    predecessor: Promise<void> = Promise.resolve(),
  ) {
    this.#directory = directory
    this.#file = file
    this.#names = names
    this.#options = options
    this.#events = events
    this.#predecessor = predecessor
    this.#run = predecessor
  }

  /**
   * Files grow old, the disk is filled by others, and what has failed, or what a listener that was killed has left, is
   * yet to be done. To be called now and then.
   */
  tick(): void {
    const { age, free } = this.#options.limit
    const changesByItself = age !== undefined || free !== undefined
    const isDone = this.#files !== undefined || this.isBusy
    if ((isDone && !changesByItself) || performance.now() < this.#nextLook) return
    this.#nextLook = performance.now() + LOOK_MS
    this.wake()
  }

  get isBusy(): boolean {
    return this.#state !== 'idle'
  }

  /** A file was rotated: it has this name now. */
  add(name: string): void {
    const file = this.#describe(name)
    if (file) this.#files?.push(file)
    this.wake()
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#stopping.signal.aborted || !this.#hasTask) return
    if (this.#state === 'idle') this.#run = this.#work()
    else this.#state = 'again'
  }

  get #hasTask(): boolean {
    return this.#options.compress !== undefined || Object.keys(this.#options.limit).length > 0
  }

  /** Leaves off; what is half done is done anew by whoever comes next. */
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
    // What is there is uncertain now.
    if (failures.size > 0) this.#files = undefined
    else if (!this.#stopping.signal.aborted) this.#events.trouble(undefined)
  }

  #isWanted(): boolean {
    return this.#state === 'again' && !this.#stopping.signal.aborted
  }

  /** Deletes what is too much, and compresses one file: the limits come first, again and again. */
  async #round(failures: Failures): Promise<void> {
    if (!this.#files) await this.#removeLeftovers(failures)
    const files = (this.#files ??= this.#look())
    await this.#retain(files, failures)
    const { compress } = this.#options
    if (compress === undefined || this.#stopping.signal.aborted) return
    // The youngest first: what is about to be deleted is not worth it.
    const next = files.findLast(({ name, compression }) => compression === undefined && !failures.has(name))
    if (!next) return
    await this.#try(failures, next.name, () => this.#compress(next, files, compress))
    this.#state = 'again'
  }

  /** What can't be done with one file must not hold up the others. */
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
    // Somebody else may have taken it away.
    const isThere = this.#describe(file.name) !== undefined
    if (isThere) await compressFile(join(this.#directory, file.name), compression, this.#stopping.signal)
    const compressed = isThere ? this.#describe(compressedName(file.name, compression)) : undefined
    files.splice(files.indexOf(file), 1, ...(compressed ? [compressed] : []))
  }

  /** Of a compression that was not finished: the half of a file, or the original beside the whole one. */
  async #removeLeftovers(failures: Failures): Promise<void> {
    const files = this.#look()
    const compressed = new Set(
      files.flatMap(({ original, compression }) => (compression === undefined ? [] : original)),
    )
    const originals = files.filter(({ name, compression }) => compression === undefined && compressed.has(name))
    for (const { name } of originals) await this.#remove(name, failures)
    for (const name of readdirSync(this.#directory)) if (this.#isPartial(name)) await this.#remove(name, failures)
  }

  #look(): RotatedFile[] {
    const files = readdirSync(this.#directory).flatMap((name) => this.#describe(name) ?? [])
    // Numbers come twice when names had no dates for a while; the clock has to decide then.
    return files.toSorted((one, other) => one.number - other.number || one.modified - other.modified)
  }

  #isPartial(name: string): boolean {
    return name.endsWith(PARTIAL_SUFFIX) && this.#names.parse(name.slice(0, -PARTIAL_SUFFIX.length)) !== undefined
  }

  /** `undefined` when it is no rotated file, or is not there any more. */
  #describe(name: string): RotatedFile | undefined {
    const parsed = this.#names.parse(name)
    const stats = parsed && statOf(join(this.#directory, name))
    if (!parsed || stats?.isFile() !== true) return undefined
    return { ...parsed, bytes: stats.size, modified: stats.mtimeMs }
  }

  async #retain(files: RotatedFile[], failures: Failures): Promise<void> {
    const { limit } = this.#options
    const current = statOf(join(this.#directory, this.#file))?.size ?? 0
    const free = limit.free === undefined ? Infinity : await this.#freeBytes()
    const removed: Removal[] = []
    for (const removal of removals({ rotated: files, current, free, now: Date.now() }, limit)) {
      if (!(await this.#remove(removal.file.name, failures))) continue
      files.splice(files.indexOf(removal.file), 1)
      removed.push(removal)
    }
    const forRoom = removed.filter(({ reason }) => reason === 'bytes' || reason === 'free')
    if (forRoom.length > 0) this.#events.removed(forRoom)
  }

  async #freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#directory)
    return bavail * bsize
  }

  async #remove(name: string, failures: Failures): Promise<boolean> {
    return this.#try(failures, name, () => rm(join(this.#directory, name), { force: true }))
  }
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}
