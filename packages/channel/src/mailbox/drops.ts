/**
 * The file `drops` of a mailbox: the tally of records that were dropped and not yet reported in the log.
 *
 * It is made with the mailbox and has its room from then on, so that a disk that is full takes the tally all the same.
 * Blank means none. It is written when a record is dropped, and blanked when the log has a record about it. So the
 * count survives the death of the worker. The listener that deletes the mailbox then reports it, exactly once:
 *
 * 1. Before the worker appends the record about it, it notes in the tally where that record is going to begin. If it is
 *    killed before it has blanked the tally, lines beyond that place show that the tally was reported.
 * 2. Otherwise the listener writes the record into `drops` itself, and then makes that file the last segment of the
 *    mailbox (`MailboxEnding.appendFinalLines`), in one rename: the record is a line as any other, and the tally is gone. A
 *    listener that is killed between the two leaves both to the next one.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { wallNow } from '../captured/clock.ts'
import { writePrivateFile } from '../layout/private.ts'
import { systemCode } from '../util/errors.ts'
import { isThere, readText, writeAll } from '../util/files.ts'
import { comparePositions, type MailboxPosition } from './position.ts'
import { isRecord } from '../util/values.ts'

/** What was dropped. */
export interface DropTally {
  /** Records. */
  readonly count: number
  /** Records by the number of their level, `'unknown'` for records without one. */
  readonly levels: Readonly<Record<string, number>>
  /** Records by cause, such as `'mailbox full'` or `'ENOSPC'`. */
  readonly causes: Readonly<Record<string, number>>
  /** Time of the first and of the last one, ms since the epoch. */
  readonly from: number
  readonly to: number
}

/** What the file holds: a tally, and while the record about it is being appended, where that record begins. */
interface StoredTally extends DropTally {
  readonly reportedFrom?: MailboxPosition
}

export const DROPS_NAME = 'drops'

/**
 * A block: larger than any tally, and than the record about it alone. Written as a whole, so that a shorter text leaves
 * nothing of a longer one behind, and within one page, so that a kill leaves all of it or nothing.
 */
const FILE_BYTES = 4096
const BLANK = Buffer.alloc(FILE_BYTES, ' ')
/** Of the file: a listener may have written longer records over the tally. */
const MOST_READ_BYTES = 64 * 1024
// O_NONBLOCK: a fifo in the file's place must not hold up its reader or writer.
const WRITE_FLAGS = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** The tally with one more record in it. */
export function countDrop(tally: DropTally | undefined, level: string, cause: string): DropTally {
  const now = wallNow()
  return {
    count: (tally?.count ?? 0) + 1,
    levels: addOne(tally?.levels, level),
    causes: addOne(tally?.causes, cause),
    from: tally?.from ?? now,
    to: now,
  }
}

function addOne(counts: Readonly<Record<string, number>> | undefined, name: string): Record<string, number> {
  // The kinds are few; should an application number its levels wildly, the tally must still fit.
  const short = name.slice(0, 24)
  const key = countOf(counts, short) > 0 || Object.keys(counts ?? {}).length < 16 ? short : 'other'
  return { ...counts, [key]: countOf(counts, key) + 1 }
}

/** A level may have any name, also one that every object knows, such as `constructor`. */
function countOf(counts: Readonly<Record<string, number>> | undefined, name: string): number {
  return counts && Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0
}

/**
 * Takes the room for a tally, in a mailbox that is being made.
 *
 * @throws the system's error when there is none
 */
export function reserveDrops(mailbox: string): void {
  writePrivateFile(join(mailbox, DROPS_NAME), BLANK)
}

/** The writer's side: keeps the tally of one mailbox where it survives. */
export class DropRecorder {
  readonly #path: string
  #descriptor: number | undefined
  /** What was written last. Each dropped record writes it, so it is made once. */
  #block: Buffer | undefined

  /** @param mailbox - its directory */
  constructor(mailbox: string) {
    this.#path = join(mailbox, DROPS_NAME)
    // Opened now, because a tally must get through also when no more files can be opened.
    this.#write(undefined)
  }

  /**
   * Best effort: a tally that can't be stored is still in memory, and reported when there is room.
   *
   * @param reportedFrom - where the record about it is going to begin, when that is what comes next
   */
  store(tally: DropTally, reportedFrom?: MailboxPosition): void {
    const stored: StoredTally = reportedFrom ? { ...tally, reportedFrom } : tally
    this.#block ??= Buffer.allocUnsafeSlow(FILE_BYTES)
    this.#block.fill(' ', this.#block.write(JSON.stringify(stored)))
    this.#write(this.#block)
  }

  /** The log has a record of these drops now. */
  clear(): void {
    this.#write(BLANK)
  }

  #write(bytes: Buffer | undefined): void {
    try {
      if (this.#descriptor !== undefined && bytes) this.#letGoOfDeleted(this.#descriptor)
      this.#descriptor ??= openSync(this.#path, WRITE_FLAGS)
      if (bytes) writeSync(this.#descriptor, bytes, 0, bytes.length, 0)
    } catch {
      // The tally stays in memory.
    }
  }

  /** Another program may have deleted the file: the listener reads one of that name. */
  #letGoOfDeleted(descriptor: number): void {
    if (fstatSync(descriptor).nlink > 0) return
    this.close()
    if (!isThere(this.#path)) writePrivateFile(this.#path, BLANK)
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}

/**
 * The reader's side: drops of a mailbox that no record in the log reports; `undefined` when there are none.
 *
 * @param end - up to where the mailbox has lines: its writer must be dead, and all of it read
 * @throws the system's error when that currently can't be known
 */
export function readDrops(mailbox: string, end: MailboxPosition): DropTally | undefined {
  const stored = readStored(join(mailbox, DROPS_NAME))
  if (!stored) return undefined
  const { reportedFrom, ...tally } = stored
  // The next segment may have been begun for the record, and not have got it.
  const wasReported = reportedFrom && comparePositions(end, reportedFrom) > 0 && end.offset > 0
  return wasReported ? undefined : tally
}

function readStored(path: string): StoredTally | undefined {
  try {
    const [first = ''] = readText(path, MOST_READ_BYTES).split(/[\n\0]/, 1)
    const value: unknown = JSON.parse(first)
    // A listener was killed before it could make its records a part of the mailbox; this one is the first of them.
    const tally = isRecord(value) && 'funnel' in value ? value['funnel'] : value
    return isTally(tally) ? tally : undefined
  } catch (error) {
    const code = systemCode(error)
    // ELOOP: a symbolic link is in its place, where no writer has ever written.
    if (error instanceof SyntaxError || code === 'ENOENT' || code === 'ELOOP') return undefined
    throw error
  }
}

/**
 * Writes the record about a tally over it, if there is one, and other final lines.
 *
 * @param lines - of the records, that about the tally first; the file ends with them, or with NULs, as a segment may
 * @throws the system's error: `ENOSPC` when the lines are longer than the room that was reserved, and the disk has none left
 */
export function overwriteDrops(mailbox: string, lines: string): void {
  const bytes = Buffer.alloc(Math.max(FILE_BYTES, Buffer.byteLength(lines)))
  bytes.write(lines)
  const descriptor = openSync(join(mailbox, DROPS_NAME), WRITE_FLAGS)
  try {
    writeAll(descriptor, bytes, 0)
  } finally {
    closeSync(descriptor)
  }
}

function isTally(value: unknown): value is StoredTally {
  return (
    isRecord(value) &&
    ['count', 'from', 'to'].every((name) => Number.isSafeInteger(value[name])) &&
    ['levels', 'causes'].every((name) => isRecord(value[name])) &&
    (value['reportedFrom'] === undefined || isPosition(value['reportedFrom']))
  )
}

function isPosition(value: unknown): value is MailboxPosition {
  return isRecord(value) && Number.isSafeInteger(value['sequence']) && Number.isSafeInteger(value['offset'])
}
