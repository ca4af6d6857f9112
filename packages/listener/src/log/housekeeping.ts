/**
 * What is done about rotated files, in the background: those beyond the limits are deleted, the others compressed.
 *
 * Everything is decided anew from what is in the directory, so that a listener that dies in the middle leaves nothing
 * that the next one would not finish.
 */
import type { RotationOptions } from '@pino-funnel/channel'
import { readdirSync, statSync, type Stats } from 'node:fs'
import { rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { compressFile } from './compression.ts'
import { removals, type Removal, type RotatedFile } from './retention.ts'
import { PARTIAL_SUFFIX, type RotatedNames } from './rotated-names.ts'

export interface HousekeepingEvents {
  /** Files were deleted because the disk was to hold no more. */
  removed(removals: readonly Removal[]): void
  /** Something could not be done, and will be tried again, or could be done again (`undefined`). */
  trouble(error: Error | undefined): void
}

/** Between two looks at what changes by itself. */
const LOOK_MS = 10_000

export class Housekeeping {
  readonly #directory: string
  readonly #file: string
  readonly #names: RotatedNames
  readonly #options: RotationOptions
  readonly #events: HousekeepingEvents
  readonly #stopping = new AbortController()
  #hasFailed = false
  #nextLook = 0
  #state: 'idle' | 'running' | 'again' = 'idle'
  #run: Promise<void> = Promise.resolve()

  constructor(
    directory: string,
    file: string,
    names: RotatedNames,
    options: RotationOptions,
    events: HousekeepingEvents,
  ) {
    this.#directory = directory
    this.#file = file
    this.#names = names
    this.#options = options
    this.#events = events
  }

  /** Files grow old, and the disk is filled by others. To be called now and then. */
  tick(): void {
    const { age, free } = this.#options.limit
    if ((age === undefined && free === undefined && !this.#hasFailed) || performance.now() < this.#nextLook) return
    this.#nextLook = performance.now() + LOOK_MS
    this.wake()
  }

  get isBusy(): boolean {
    return this.#state !== 'idle'
  }

  /** There may be something to do: a file was rotated, or time has passed. */
  wake(): void {
    if (this.#stopping.signal.aborted || !this.#hasTask) return
    if (this.#state === 'idle') this.#run = this.#work()
    else this.#state = 'again'
  }

  get #hasTask(): boolean {
    return this.#options.compress !== undefined || Object.keys(this.#options.limit).length > 0
  }

  /** Rotated files, oldest first. */
  rotated(): RotatedFile[] {
    return this.#byNumber(readdirSync(this.#directory))
  }

  /** Leaves off; what is half done is done anew by whoever comes next. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#run
  }

  async #work(): Promise<void> {
    do {
      this.#state = 'running'
      try {
        await this.#round()
        this.#hasFailed = false
        this.#events.trouble(undefined)
      } catch (error) {
        this.#hasFailed = true
        if (!this.#stopping.signal.aborted)
          this.#events.trouble(error instanceof Error ? error : new Error(String(error)))
      }
    } while (this.#isWanted())
    this.#state = 'idle'
  }

  #isWanted(): boolean {
    return this.#state === 'again' && !this.#stopping.signal.aborted
  }

  async #round(): Promise<void> {
    const names = readdirSync(this.#directory)
    await this.#removeDuplicates(names)
    const kept = await this.#retain(this.#byNumber(names))
    const { compress } = this.#options
    if (compress === undefined) return
    // The youngest first: what is about to be deleted is not worth it. One at a time, and then a look at the limits.
    const next = kept.findLast(({ compression }) => compression === undefined)
    if (!next || this.#stopping.signal.aborted) return
    await compressFile(join(this.#directory, next.name), compress, this.#stopping.signal)
    this.#state = 'again'
  }

  /** Of a file whose compression was not finished: the half of it, or the whole of it beside the original. */
  async #removeDuplicates(names: readonly string[]): Promise<void> {
    const compressed = new Set<number>()
    for (const name of names) {
      const file = this.#names.parse(name)
      if (file?.compression !== undefined) compressed.add(file.number)
      if (name.endsWith(PARTIAL_SUFFIX) && this.#names.parse(name.slice(0, -PARTIAL_SUFFIX.length)))
        await this.#remove(name)
    }
    for (const name of names) {
      const file = this.#names.parse(name)
      if (file?.compression === undefined && file !== undefined && compressed.has(file.number)) await this.#remove(name)
    }
  }

  async #retain(rotated: readonly RotatedFile[]): Promise<readonly RotatedFile[]> {
    const { limit } = this.#options
    const current = sizeOf(join(this.#directory, this.#file))
    const free = limit.free === undefined ? Infinity : await this.#freeBytes()
    const superfluous = removals({ rotated, current, free, now: Date.now() }, limit)
    for (const { file } of superfluous) await this.#remove(file.name)
    const forRoom = superfluous.filter(({ reason }) => reason === 'bytes' || reason === 'free')
    if (forRoom.length > 0) this.#events.removed(forRoom)
    return rotated.slice(superfluous.length)
  }

  async #freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#directory)
    return bavail * bsize
  }

  async #remove(name: string): Promise<void> {
    await rm(join(this.#directory, name), { force: true })
  }

  #byNumber(names: readonly string[]): RotatedFile[] {
    const files = new Map<number, RotatedFile>()
    for (const name of names) {
      const parsed = this.#names.parse(name)
      const stats = parsed && statOf(join(this.#directory, name))
      if (!parsed || !stats?.isFile()) continue
      // A compressed one is whole; the original beside it is about to go.
      if (parsed.compression !== undefined || !files.has(parsed.number))
        files.set(parsed.number, { ...parsed, bytes: stats.size, modified: stats.mtimeMs })
    }
    return [...files.values()].toSorted((one, other) => one.number - other.number)
  }
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

function sizeOf(path: string): number {
  return statOf(path)?.size ?? 0
}
