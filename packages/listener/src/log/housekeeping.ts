/**
 * What is done about rotated files, in the background: those beyond the limits are deleted, the others compressed.
 *
 * It begins with what is in the directory, so that a listener that dies in the middle leaves nothing that the next one
 * would not finish. From then on it knows what there is: a directory may hold thousands of files.
 */
import type { RotationOptions } from '@pino-funnel/channel'
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

/** Between two looks at what changes by itself. */
const LOOK_MS = 10_000

export class Housekeeping {
  readonly #directory: string
  readonly #file: string
  readonly #names: RotatedNames
  readonly #options: RotationOptions
  readonly #events: HousekeepingEvents
  readonly #stopping = new AbortController()
  /** Rotated files, oldest first; `undefined` until the directory was looked into. */
  #files: RotatedFile[] | undefined
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
    do {
      this.#state = 'running'
      try {
        await this.#round()
        this.#hasFailed = false
        this.#events.trouble(undefined)
      } catch (error) {
        // What is there is uncertain now.
        this.#files = undefined
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

  /** Deletes what is too much, and compresses one file: the limits come first, again and again. */
  async #round(): Promise<void> {
    if (!this.#files) await this.#removeLeftovers()
    const files = (this.#files ??= this.#look())
    await this.#retain(files)
    const { compress } = this.#options
    if (compress === undefined || this.#stopping.signal.aborted) return
    // The youngest first: what is about to be deleted is not worth it.
    const next = files.findLast(({ compression }) => compression === undefined)
    if (!next) return
    await compressFile(join(this.#directory, next.name), compress, this.#stopping.signal)
    const compressed = this.#describe(compressedName(next.name, compress))
    if (compressed) files[files.indexOf(next)] = compressed
    this.#state = 'again'
  }

  /** Of a compression that was not finished: the half of a file, or the original beside the whole one. */
  async #removeLeftovers(): Promise<void> {
    const names = readdirSync(this.#directory)
    const files = names.flatMap((name) => this.#names.parse(name) ?? [])
    const compressed = new Set(files.flatMap(({ number, compression }) => (compression === undefined ? [] : number)))
    const originals = files.filter(({ number, compression }) => compression === undefined && compressed.has(number))
    for (const { name } of originals) await this.#remove(name)
    for (const name of names) if (this.#isPartial(name)) await this.#remove(name)
  }

  #look(): RotatedFile[] {
    const files = readdirSync(this.#directory).flatMap((name) => this.#describe(name) ?? [])
    return files.toSorted((one, other) => one.number - other.number)
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

  async #retain(files: RotatedFile[]): Promise<void> {
    const { limit } = this.#options
    const current = statOf(join(this.#directory, this.#file))?.size ?? 0
    const free = limit.free === undefined ? Infinity : await this.#freeBytes()
    const superfluous = removals({ rotated: files, current, free, now: Date.now() }, limit)
    for (const { file } of superfluous) {
      await this.#remove(file.name)
      files.shift()
    }
    const forRoom = superfluous.filter(({ reason }) => reason === 'bytes' || reason === 'free')
    if (forRoom.length > 0) this.#events.removed(forRoom)
  }

  async #freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#directory)
    return bavail * bsize
  }

  async #remove(name: string): Promise<void> {
    await rm(join(this.#directory, name), { force: true })
  }
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}
