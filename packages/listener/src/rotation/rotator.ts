/**
 * Rotation of one log file, in steps. A kill may come after each of them:
 *
 * 1. the file collector records in the journal that the file is closed: from here on a kill leaves nothing undecided;
 * 2. the file is renamed to a free name;
 * 3. the next batch creates a new file with the old name;
 * 4. old files are deleted and compressed in the background (housekeeping.ts).
 *
 * A kill before step 2 leaves the file unchanged: the next listener finds that it is due, and rotates it.
 */
import { FunnelError, type LogOptions } from '@pino-funnel/channel'
import { lstatSync, readdirSync, renameSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { Housekeeping, type HousekeepingEvents } from './housekeeping.ts'
import type { LogNames } from '../log/known-logs.ts'
import type { LogFile } from '../log/log-file.ts'
import { RotatedNames } from './rotated-names.ts'
import { RotationSchedule } from './rotation-schedule.ts'

export interface RotatorSurroundings {
  readonly events: HousekeepingEvents
  /** See {@link RotatedNames}. */
  readonly logNames: LogNames
  /** Resolved when the housekeeping of the rotator before this one has stopped. */
  readonly predecessor: Promise<void>
}

export class Rotator {
  readonly schedule: RotationSchedule
  readonly housekeeping: Housekeeping
  readonly #directory: string
  readonly #file: string
  readonly #names: RotatedNames
  #lastNumber: number | undefined
  /** Whether the schedule knows the file's beginning. */
  #isBegun = false

  constructor(
    directory: string,
    file: string,
    { rotation }: LogOptions,
    { events, logNames, predecessor }: RotatorSurroundings,
  ) {
    this.#directory = directory
    this.#file = file
    this.#names = new RotatedNames(file, rotation.dateFormat, rotation.utc, logNames)
    this.schedule = new RotationSchedule(rotation)
    this.housekeeping = new Housekeeping(directory, file, this.#names, rotation, events, predecessor)
  }

  /** The log file was opened, and is another file than before. */
  begin(log: LogFile): void {
    this.schedule.begin(log.size() === 0 ? Date.now() : log.modified())
    this.#isBegun = true
    this.housekeeping.wake()
  }

  /** Whether the file has content, and its time is over. */
  isDue(now: number): boolean {
    const stats = this.#stats()
    if (stats === undefined || stats.size === 0) return false
    this.#ensureBegun(stats)
    return this.schedule.isOver(now)
  }

  /** The beginning of a file that this listener has not appended to yet is the time of its last record. */
  #ensureBegun({ mtimeMs }: Stats): void {
    if (!this.#isBegun) this.schedule.begin(mtimeMs)
    this.#isBegun = true
  }

  get isEmpty(): boolean {
    return (this.#stats()?.size ?? 0) === 0
  }

  #stats(): Stats | undefined {
    return lstatSync(join(this.#directory, this.#file), { throwIfNoEntry: false })
  }

  /**
   * Steps 2 and 4. The file must be closed.
   *
   * @returns the file's new name
   * @throws the system's error; the file keeps its name then
   */
  rotate(): string {
    const stats = lstatSync(join(this.#directory, this.#file))
    if (!stats.isFile())
      throw new FunnelError('FUNNEL_LOG_FILE_UNUSABLE', `The log file ${this.#file} is not a regular file.`)
    this.#ensureBegun(stats)
    const name = this.#freeName()
    renameSync(join(this.#directory, this.#file), join(this.#directory, name))
    this.#isBegun = false
    this.housekeeping.add(name)
    return name
  }

  #freeName(): string {
    this.#lastNumber ??= this.#highestNumber()
    for (;;) {
      this.#lastNumber += 1
      const name = this.#names.make(this.#lastNumber, this.schedule.begun)
      // It is the name of another log.
      if (!this.#names.parse(name)) continue
      // Beside a compressed file of that name, the rotated file would be taken for its original.
      if (!this.#names.stagesOf(name).some((stage) => this.#exists(stage))) return name
    }
  }

  #exists(name: string): boolean {
    return lstatSync(join(this.#directory, name), { throwIfNoEntry: false }) !== undefined
  }

  #highestNumber(): number {
    return readdirSync(this.#directory).reduce((highest, name) => {
      return Math.max(highest, this.#names.parse(name)?.number ?? 0)
    }, 0)
  }
}
