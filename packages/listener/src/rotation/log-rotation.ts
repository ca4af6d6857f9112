import type { LogOptions, Notice } from '@pino-funnel/channel'
import { Trouble } from '../log/trouble.ts'
import { LINK_NAME, linkTo } from './current-link.ts'
import type { LogFile } from '../log/log-file.ts'
import type { Removal } from './retention.ts'
import { Rotator } from './rotator.ts'

/** What the rotation of a log file needs of whoever appends to it. */
export interface RotationContext {
  readonly logDirectory: string
  /** Whether a name in the log directory is that of a log file that is being written. */
  isLogFile(name: string): boolean
  /** Whether a name in the log directory is that of a log file that wants `current.log` to lead to it. */
  isLinked(name: string): boolean
  /**
   * Lets go of the file, which is about to be renamed.
   *
   * @throws when that is not possible at present
   */
  release(): void
  /** The next line goes to another file. */
  renamed(): void
  /** Puts a record into the log. */
  tell(notice: Notice): void
  /** A line to stderr. */
  report(message: string): void
}

/**
 * When a log file is rotated, and what happens while that is not possible: its lines go to the same file, and it is
 * tried again.
 */
export class LogRotation {
  readonly #file: string
  readonly #context: RotationContext
  #options: LogOptions
  #rotator: Rotator
  #trouble: Trouble | undefined
  #housekeepingTrouble: Trouble | undefined
  /** Whether a worker has logged since the log was last told of files that were removed. */
  #hasNews = false
  #wasToldOfLink = false
  #isOfEarlierRun = false
  #count = 0

  constructor(file: string, options: LogOptions, context: RotationContext) {
    this.#file = file
    this.#context = context
    this.#options = options
    this.#rotator = this.#makeRotator(Promise.resolve())
  }

  adopt(options: LogOptions): void {
    this.#options = options
    this.#housekeepingTrouble = undefined
    this.#rotator = this.#makeRotator(this.#rotator.housekeeping.stop())
  }

  /** Rotations by this listener. */
  get count(): number {
    return this.#count
  }

  /** What does not work at present. */
  get trouble(): Error | undefined {
    return (this.#trouble ?? this.#housekeepingTrouble)?.error
  }

  /** Whether rotated files are being compressed or deleted just now. */
  get isBusy(): boolean {
    return this.#rotator.housekeeping.isBusy
  }

  /** The log file was opened, and is another than before. */
  begin(log: LogFile): void {
    if (this.#options.symlink) this.#link()
    this.#rotator.begin(log)
  }

  /** Where there can be no link, records need none. */
  #link(): void {
    const { logDirectory } = this.#context
    try {
      const other = linkTo(this.#file, logDirectory, (name) => this.#context.isLinked(name))
      if (other === undefined || this.#wasToldOfLink) return
      this.#wasToldOfLink = true
      this.#context.tell({ event: 'not-linked', leadsTo: other })
    } catch (error) {
      this.#context.report(`${LINK_NAME} can't lead to ${this.#file}: ${String(error)}`)
    }
  }

  /** A run of the application begins, and wants a file of its own. */
  start(): void {
    this.#isOfEarlierRun = true
  }

  /** Whether what is in the file is of an earlier run, and to be rotated before anything is appended. */
  get isOfEarlierRun(): boolean {
    return this.#isOfEarlierRun
  }

  /**
   * @param size - of the log file, in bytes
   * @returns bytes that may be appended before the file is to be rotated
   */
  room(size: number): number {
    const now = Date.now()
    const { schedule } = this.#rotator
    if (this.#isOfEarlierRun) schedule.end()
    this.#isOfEarlierRun = false
    // There is nothing in it that could belong to another time, or that somebody wanted to be apart.
    if (size === 0) schedule.begin(now)
    return this.#trouble?.isWaiting === true ? Infinity : schedule.room(size, now)
  }

  /** Lines of a worker were appended. */
  noteNews(): void {
    this.#hasNews = true
  }

  /** What the clock asks for, also when nothing is logged. To be called now and then. */
  tick({ canRotate }: { canRotate: boolean }): void {
    this.#rotator.housekeeping.tick()
    if (!canRotate || this.#trouble?.isWaiting === true) return
    try {
      if (this.#isDue()) this.#rotate()
    } catch (error) {
      this.#beginTrouble(error)
    }
  }

  #isDue(): boolean {
    const isTimed = this.#options.rotation.frequency !== undefined
    if (!this.#trouble) return isTimed && this.#rotator.isDue(Date.now())
    // Somebody else may have moved the file away that could not be rotated.
    if (this.#rotator.isEmpty) this.#leaveTrouble()
    return this.#trouble !== undefined
  }

  /** Rotates a file that is full, or whose time is over. */
  rotateDue(): void {
    try {
      this.#rotate()
    } catch (error) {
      this.#beginTrouble(error)
    }
  }

  /**
   * Rotates on demand, if there is anything in the file.
   *
   * @returns the name that the file has now
   * @throws when that is not possible at present
   */
  rotateNow(): string | undefined {
    return this.#rotator.isEmpty ? undefined : this.#rotate()
  }

  #rotate(): string {
    this.#context.release()
    const name = this.#rotator.rotate()
    this.#context.renamed()
    this.#count += 1
    this.#leaveTrouble()
    return name
  }

  #beginTrouble(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error(String(reason))
    if (this.#trouble) {
      this.#trouble.again(error)
      return
    }
    this.#trouble = new Trouble(error)
    this.#context.report(`${this.#file} can't be rotated: ${error.message}. It is appended to; trying again.`)
  }

  #leaveTrouble(): void {
    const trouble = this.#trouble
    this.#trouble = undefined
    if (trouble) this.#tellEnd('rotate', trouble)
  }

  #makeRotator(predecessor: Promise<void>): Rotator {
    const isLogFile = (name: string): boolean => this.#context.isLogFile(name)
    const events = {
      removed: (files: readonly Removal[]) => this.#onRemoved(removedNotice(files)),
      trouble: (error: Error | undefined) => this.#onHousekeeping(error),
    }
    return new Rotator(this.#context.logDirectory, this.#file, this.#options, { events, isLogFile, predecessor })
  }

  /** Once for what workers have logged: with small files, the record of it fills the next one, and so on without end. */
  #onRemoved(notice: Notice): void {
    if (this.#hasNews) this.#context.tell(notice)
    else this.#context.report(`${this.#file}: ${JSON.stringify(notice)}`)
    this.#hasNews = false
  }

  #onHousekeeping(error: Error | undefined): void {
    const trouble = this.#housekeepingTrouble
    if (error && trouble) trouble.again(error)
    else if (error) {
      this.#housekeepingTrouble = new Trouble(error)
      this.#context.report(
        `rotated files of ${this.#file} can't be compressed or deleted: ${error.message}. Trying again.`,
      )
    } else if (trouble) {
      this.#housekeepingTrouble = undefined
      this.#tellEnd('clean up', trouble)
    }
  }

  #tellEnd(task: 'rotate' | 'clean up', { error, since }: Trouble): void {
    this.#context.report(`${this.#file}: it is possible again to ${task}.`)
    this.#context.tell({ event: 'trouble', task, error: error.message, from: since, to: Date.now() })
  }

  close(): void {
    void this.#rotator.housekeeping.stop()
  }
}

function removedNotice(removals: readonly Removal[]): Notice {
  const files = removals.map(({ file }) => file.name)
  return { event: 'removed', files, reason: removals.some(({ reason }) => reason === 'free') ? 'free' : 'bytes' }
}
