/**
 * Rotation of one log file, in steps. A kill may come after each of them:
 *
 * 1. the file collector records in the journal that the file is closed: from here on a kill leaves nothing undecided;
 * 2. the ledger gets the file's length and its next name;
 * 3. the file is renamed to that name, which is free;
 * 4. the next batch creates a new file with the old name;
 * 5. old files are deleted and compressed in the background (housekeeping.ts).
 *
 * A kill before step 3 leaves the file unchanged: the next listener finds that it is due, and rotates it.
 */
import { isTrustedFile, refuseUntrustedFile, type LogOptions } from '@pino-funnel/channel'
import { lstatSync, readdirSync, renameSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { Housekeeping, type HousekeepingEvents } from './housekeeping.ts'
import type { LogLedger } from '../ledger/log-ledger.ts'
import type { LogNames } from '../log/known-logs.ts'
import { identityOf, isSameFile, type LogFile, type OpenIdentity } from '../log/log-file.ts'
import { HIGHEST_NUMBER, RotatedNames } from './rotated-names.ts'
import { RotationSchedule } from './rotation-schedule.ts'

export interface RotatorSurroundings {
  readonly events: HousekeepingEvents
  /** See {@link RotatedNames}. */
  readonly logNames: LogNames
  readonly ledger: Pick<LogLedger, 'renaming' | 'holds' | 'lacksContent' | 'describe'>
  /** Resolved when the housekeeping of the rotator before this one has stopped. */
  readonly predecessor: Promise<void>
  /** A line to stderr. */
  report(this: void, message: string): void
}

/** Names that are tried in one rotation: more in a row are taken only where something is wrong. */
const MOST_TAKEN_NAMES = 1000

export class Rotator {
  readonly schedule: RotationSchedule
  readonly housekeeping: Housekeeping
  readonly #directory: string
  readonly #file: string
  readonly #names: RotatedNames
  readonly #ledger: Pick<LogLedger, 'renaming' | 'holds' | 'lacksContent' | 'describe'>
  readonly #report: (message: string) => void
  #lastNumber: number | undefined
  #hasReportedDate = false
  /** Whether the schedule knows the file's beginning. */
  #isBegun = false

  constructor(
    directory: string,
    file: string,
    { rotation }: LogOptions,
    { events, ledger, logNames, predecessor, report }: RotatorSurroundings,
  ) {
    this.#directory = directory
    this.#file = file
    this.#ledger = ledger
    this.#report = report
    this.#names = new RotatedNames(file, rotation.dateFormat, rotation.utc, logNames)
    this.schedule = new RotationSchedule(rotation)
    this.housekeeping = new Housekeeping(directory, file, this.#names, rotation, events, ledger, predecessor)
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
    this.#ensureBegun(stats.mtimeMs)
    return this.schedule.isOver(now)
  }

  /** The beginning of a file that this listener has not appended to yet is the time of its last record. */
  #ensureBegun(modified: number): void {
    if (!this.#isBegun) this.schedule.begin(modified)
    this.#isBegun = true
  }

  get isEmpty(): boolean {
    return (this.#stats()?.size ?? 0) === 0
  }

  #stats(): Stats | undefined {
    return lstatSync(join(this.#directory, this.#file), { throwIfNoEntry: false })
  }

  /**
   * Steps 2, 3 and 5. The file must be closed.
   *
   * @param closed - the file that was closed; `undefined` when none was open
   * @returns the file's new name
   * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` or the system's error; the file keeps its name then
   */
  rotate(closed?: OpenIdentity): string {
    const path = join(this.#directory, this.#file)
    const stats = lstatSync(path, { bigint: true })
    refuseUntrustedFile(path, stats)
    if (closed && !isSameFile(stats, closed))
      throw new Error(`${path} was moved or exchanged; the listener rotates the new file at the next try`)
    this.#ensureBegun(Number(stats.mtimeMs))
    this.#reportMissingDate()
    const name = this.#freeName()
    this.#ledger.renaming(name, { identity: identityOf(stats), size: Number(stats.size) })
    renameSync(path, join(this.#directory, name))
    this.#isBegun = false
    this.housekeeping.add(name)
    return name
  }

  #reportMissingDate(): void {
    if (this.#hasReportedDate || this.#names.dateFor(this.schedule.begun) !== undefined) return
    this.#hasReportedDate = true
    this.#report(`${this.#file} is rotated without a date: its dateFormat gives one that can't be read back`)
  }

  #freeName(): string {
    let number = this.#lastNumber ?? this.#highestNumber()
    for (let tries = 0; tries < MOST_TAKEN_NAMES && number < HIGHEST_NUMBER; tries += 1) {
      number += 1
      const name = this.#names.make(number, this.schedule.begun)
      // It is the name of another log.
      if (!this.#names.parse(name)) continue
      // Beside a compressed file of that name, the rotated file would be taken for its original.
      if (this.#names.stagesOf(name).some((stage) => this.#exists(stage))) continue
      this.#lastNumber = number
      return name
    }
    // The directory is read again when the rotation is tried again.
    this.#lastNumber = undefined
    const last = this.#names.make(number, this.schedule.begun)
    throw new Error(`no free name up to ${last}: move the rotated files with the highest numbers away`)
  }

  #exists(name: string): boolean {
    return lstatSync(join(this.#directory, name), { throwIfNoEntry: false }) !== undefined
  }

  /** A file of another user does not count: its number would decide about the names to come. */
  #highestNumber(): number {
    return readdirSync(this.#directory).reduce((highest, name) => {
      const number = this.#names.parse(name)?.number ?? 0
      return number > highest && this.#isTrusted(name) ? number : highest
    }, 0)
  }

  #isTrusted(name: string): boolean {
    const path = join(this.#directory, name)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    return stats !== undefined && isTrustedFile(path, stats)
  }
}
