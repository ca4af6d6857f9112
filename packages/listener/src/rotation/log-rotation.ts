/**
 * Rotation of one log file: when it happens, and what happens while it is not possible.
 *
 * What always holds in this room: a rotation only renames, and never to a name that another file has. So no line is
 * lost or copied, whatever fails. A file that can't be rotated is appended to, and the rotation is tried again.
 */
import type { LogOptions, Notice } from '@pino-funnel/channel'
import { Trouble } from '../log/trouble.ts'
import { LINK_NAME, linkTo } from './current-link.ts'
import type { LogLedger } from '../ledger/log-ledger.ts'
import type { LogNames } from '../log/known-logs.ts'
import type { LogFile, OpenIdentity } from '../log/log-file.ts'
import { HoldNotices, lossNotices } from './hold-notices.ts'
import type { HoldLag } from '../ledger/log-holds.ts'
import type { Removal } from './retention.ts'
import { Rotator } from './rotator.ts'

/** What the rotation of a log file needs from the file's collector. */
export interface RotationContext {
  readonly logDirectory: string
  /** See {@link RotatedNames}. */
  readonly logNames: LogNames
  readonly ledger: LogLedger
  /** Whether a name in the log directory is that of a log file that asks for the link `current.log`. */
  isLinked(name: string): boolean
  /**
   * Closes the file, which is about to be renamed.
   *
   * @returns what it was, if it was open
   * @throws when that is not possible now
   */
  release(): OpenIdentity | undefined
  /** The file was renamed: the next line goes to another file. */
  renamed(): void
  /** The file was closed, and was not renamed. */
  kept(): void
  /** Puts a record into the log. */
  notify(notice: Notice): void
  /** A line to stderr. */
  report(message: string): void
}

export class LogRotation {
  readonly #file: string
  readonly #context: RotationContext
  #options: LogOptions
  #rotator: Rotator
  #trouble: Trouble | undefined
  #housekeepingTrouble: Trouble | undefined
  /** Whether a worker has logged since the last record about deleted files. */
  #hasActivity = false
  readonly #holdNotices = new HoldNotices()
  #hasReportedLink = false
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

  /** Why rotation or housekeeping fails now. */
  get trouble(): Error | undefined {
    return (this.#trouble ?? this.#housekeepingTrouble)?.error
  }

  /** Whether housekeeping is at work. */
  get isBusy(): boolean {
    return this.#rotator.housekeeping.isBusy
  }

  /** The log file was opened, and is another file than before. */
  fileOpened(log: LogFile): void {
    if (this.#options.symlink) this.#link()
    this.#rotator.begin(log)
  }

  /** A link that can't be made is reported, and does not hold up the log. */
  #link(): void {
    const { logDirectory } = this.#context
    try {
      const other = linkTo(this.#file, logDirectory, (name) => this.#context.isLinked(name))
      if (other === undefined || this.#hasReportedLink) return
      this.#hasReportedLink = true
      this.#context.notify({ event: 'not-linked', leadsTo: other })
    } catch (error) {
      this.#context.report(`the link ${LINK_NAME} can't be pointed to ${this.#file}: ${String(error)}`)
    }
  }

  /** A run of the application begins, and gets a file of its own. */
  runBegan(): void {
    this.#isOfEarlierRun = true
  }

  /** Whether the file belongs to an earlier run, and must be rotated before the next append. */
  get isOfEarlierRun(): boolean {
    return this.#isOfEarlierRun
  }

  /**
   * Lines are about to be appended: a run or a period of the schedule may begin with them. @param size - of the file
   */
  beforeAppend(size: number): void {
    const { schedule } = this.#rotator
    if (this.#isOfEarlierRun) schedule.end()
    this.#isOfEarlierRun = false
    // An empty file has no lines of another period or run.
    if (size === 0) schedule.begin(Date.now())
  }

  /**
   * @param size - of the log file, in bytes
   * @returns bytes that may be appended before the file must be rotated
   */
  room(size: number): number {
    return this.#trouble?.isWaiting === true ? Infinity : this.#rotator.schedule.room(size, Date.now())
  }

  /** Lines of a worker were appended. */
  markActivity(): void {
    this.#hasActivity = true
  }

  /** Does what is due by the clock, also while no worker logs. To be called at intervals. */
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
    // Another program may have moved the file that could not be rotated.
    if (this.#rotator.isEmpty) this.#leaveTrouble()
    return this.#trouble !== undefined
  }

  /** Rotates a file that is full, or whose period is over. */
  rotateDue(): void {
    try {
      this.#rotate()
    } catch (error) {
      this.#beginTrouble(error)
    }
  }

  /**
   * Rotates on demand, unless the file is empty.
   *
   * @returns the file's new name
   * @throws when that is not possible now
   */
  rotateNow(): string | undefined {
    return this.#rotator.isEmpty ? undefined : this.#rotate()
  }

  /** @returns the file's new name; `undefined` when it had only a line that a power loss has torn, which was cut */
  #rotate(): string | undefined {
    const name = this.#releaseAndRename()
    if (name !== undefined) this.#countRotation()
    this.#leaveTrouble()
    return name
  }

  #releaseAndRename(): string | undefined {
    let name: string | undefined
    try {
      const identity = this.#context.release()
      if (!this.#rotator.isEmpty) name = this.#rotator.rotate(identity)
      return name
    } finally {
      if (name === undefined) this.#context.kept()
    }
  }

  #countRotation(): void {
    this.#context.renamed()
    this.#count += 1
  }

  #beginTrouble(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error(String(reason))
    if (this.#trouble) {
      this.#trouble.again(error)
      return
    }
    this.#trouble = new Trouble(error)
    this.#context.report(
      `${this.#file} can't be rotated: ${error.message}. Its lines are still appended. Trying again.`,
    )
  }

  #leaveTrouble(): void {
    const trouble = this.#trouble
    this.#trouble = undefined
    if (trouble) this.#reportEnd('rotate', trouble)
  }

  #makeRotator(predecessor: Promise<void>): Rotator {
    const { ledger, logDirectory, logNames } = this.#context
    const report = (message: string): void => this.#context.report(message)
    const events = {
      removed: (files: readonly Removal[]) => this.#onRemoved([removedNotice(files), ...lossNotices(files)]),
      lags: (lags: readonly HoldLag[]) => this.#onLags(lags),
      trouble: (error: Error | undefined) => this.#onHousekeeping(error),
    }
    return new Rotator(logDirectory, this.#file, this.#options, { events, ledger, logNames, predecessor, report })
  }

  /**
   * Only the first deletion after a worker has logged becomes a record. With small files, the record of a deletion
   * could otherwise fill the next file, whose rotation deletes a file, without end.
   */
  #onRemoved(notices: readonly Notice[]): void {
    for (const notice of notices) {
      if (this.#hasActivity) this.#context.notify(notice)
      else this.#context.report(`${this.#file}: ${JSON.stringify(notice)}`)
    }
    this.#hasActivity = false
  }

  #onLags(lags: readonly HoldLag[]): void {
    for (const notice of this.#holdNotices.after(lags)) this.#context.notify(notice)
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
      this.#reportEnd('clean up', trouble)
    }
  }

  #reportEnd(task: 'rotate' | 'clean up', { error, since }: Trouble): void {
    this.#context.report(`${this.#file}: ${AGAIN[task]} again.`)
    this.#context.notify({ event: 'trouble', task, error: error.message, from: since, to: Date.now() })
  }

  close(): void {
    void this.#rotator.housekeeping.stop()
  }
}

const AGAIN = { rotate: 'rotation works', 'clean up': 'compressing and deleting rotated files work' } as const

function removedNotice(removals: readonly Removal[]): Notice {
  const files = removals.map(({ file }) => file.name)
  return { event: 'removed', files, reason: removals.some(({ reason }) => reason === 'free') ? 'free' : 'bytes' }
}
