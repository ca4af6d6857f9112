/**
 * The reading end of a mailbox.
 *
 * The reader takes whole lines only, from its position up to the last `\n` before the first NUL or the end of the
 * file. The bytes of a segment go from 0 to their value once, so whatever part of a write it sees, on any memory
 * model, is a prefix of it or has a NUL in it. A segment is finished when its end mark (an empty line) was read, or
 * when the next segment exists and a read that was begun after seeing it found nothing more.
 */
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from '../captured/fs.ts'
import { join } from 'node:path'
import { DROPS_NAME, overwriteDrops } from './drops.ts'
import { BELL_OFFSET, decodeHeader, FIRST_SLEEP, nextBell, type MailboxIdentity } from './header.ts'
import { MAX_LINE_BYTES } from './line.ts'
import { isThere, openIfThere, readHeader, unlinkIfThere } from './mailbox-files.ts'
import type { MailboxPosition } from './position.ts'
import { listSegments, segmentFileName, type SegmentForm } from '../segment/segment-name.ts'

/** Whole lines that were read: bytes `from` to `to` of a segment. */
export interface LineRange {
  readonly sequence: number
  readonly from: number
  readonly to: number
}

/** `nothing` new to read now; `crowded`: the next line is longer than the space offered. */
export type ReadResult = LineRange | 'nothing' | 'crowded'

/** Drained segments kept for the writer to use again; more than one, so that it need not wait for the other. */
const SEGMENTS_RETURNED = 2
/** A first look is small, since most find a few lines or none. */
const FIRST_LOOK_BYTES = 16 * 1024

const NEWLINE = 0x0a
const EXIT_CODE = /^-?\d+$/

/** The one byte that a look for more takes. */
const glance = Buffer.alloc(1)

export class MailboxReader {
  readonly id: string
  readonly directory: string
  readonly identity: MailboxIdentity
  /** By a former listener, which has set its bell or collected from it. */
  readonly wasFoundBefore: boolean
  #bell: number
  #sequence: number
  #offset: number
  #form: SegmentForm | undefined
  #descriptor: number | undefined
  #finished = false
  #caughtUp = false
  #oldest: number
  #returned: number[] = []

  /**
   * @param position - where reading goes on; without it, at the oldest segment there is
   * @throws FunnelError `FUNNEL_MAILBOX_INVALID` or the system's error when the mailbox can't be read
   */
  constructor(mailboxes: string, id: string, position?: MailboxPosition) {
    this.id = id
    this.directory = join(mailboxes, id)
    const header = readHeader(join(this.directory, 'header'))
    this.identity = decodeHeader(header)
    this.#bell = header.readUInt8(BELL_OFFSET)
    const oldest = listSegments(this.directory)[0]?.sequence ?? 1
    this.#oldest = oldest
    // Segments before the position are drained; one that lies after it can only mean that the journal was lost.
    const known = position !== undefined && position.sequence >= oldest
    this.#sequence = known ? position.sequence : oldest
    this.#offset = known ? position.offset : 0
    this.wasFoundBefore = this.#bell !== FIRST_SLEEP || this.#sequence > 1 || this.#offset > 0
  }

  /** The end of what was read. */
  get position(): MailboxPosition {
    return { sequence: this.#sequence, offset: this.#offset }
  }

  /** How the segment being read is written; `undefined` before it was opened. */
  get form(): SegmentForm | undefined {
    return this.#form
  }

  /**
   * Whether the lines that were read last were all that had been written. Who reads on finds only what has come in that
   * very moment, line by line behind a writer that is as fast.
   */
  get hasCaughtUp(): boolean {
    return this.#caughtUp
  }

  /**
   * Reads whole lines into `target`, from `at` on and at most `limit` bytes.
   *
   * @param thorough - also look for a next segment when there is no end mark: for the rare writer that died between
   * making the one and writing the other
   * @throws the system's error when the segment can't be read
   */
  read(target: Buffer, at: number, limit: number, thorough: boolean): ReadResult {
    for (;;) {
      if (this.#finished && !this.#moveOn()) return 'nothing'
      const descriptor = this.#open()
      if (descriptor === undefined) return 'nothing'
      const isLast = !thorough || !this.#nextExists()
      const result = this.#readLines(descriptor, target, at, limit)
      if (!isLast) this.#caughtUp = false
      if (result !== 'nothing') return result
      if (this.#finished) continue
      if (isLast) return 'nothing'
      this.#finished = true
    }
  }

  #readLines(descriptor: number, target: Buffer, at: number, limit: number): ReadResult {
    let count = 0
    for (let look = Math.min(FIRST_LOOK_BYTES, limit); ; look = Math.min(look * 4, limit)) {
      const from = count
      count += readSync(descriptor, target, at + from, look - from, this.#offset + from)
      const seen = target.subarray(at, at + count)
      const nul = seen.indexOf(0, from)
      const full = nul === -1 && count === look
      if (full && look < limit) continue
      const end = seen.lastIndexOf(NEWLINE, nul === -1 ? count : nul) + 1
      if (end > 0) return this.#take(seen, end, full)
      return full ? 'crowded' : 'nothing'
    }
  }

  /** Every position is the start of a line, so an empty line shows as a newline at the start or after another one. */
  #take(seen: Buffer, end: number, full: boolean): LineRange | 'nothing' {
    this.#finished = seen[end - 1] === NEWLINE && (end === 1 || seen[end - 2] === NEWLINE)
    this.#caughtUp = !full && !this.#finished
    const taken = this.#finished ? end - 1 : end
    if (taken === 0) return 'nothing'
    const from = this.#offset
    this.#offset += taken
    return { sequence: this.#sequence, from, to: this.#offset }
  }

  #open(): number | undefined {
    if (this.#descriptor !== undefined) return this.#descriptor
    for (const form of ['plain', 'mapped'] as const) {
      const descriptor = openIfThere(join(this.directory, segmentFileName(this.#sequence, form)))
      if (descriptor === undefined) continue
      this.#form = form
      this.#descriptor = descriptor
      return descriptor
    }
    return undefined
  }

  #nextExists(): boolean {
    const next = this.#sequence + 1
    return (
      isThere(join(this.directory, segmentFileName(next, 'mapped'))) ||
      isThere(join(this.directory, segmentFileName(next, 'plain')))
    )
  }

  #moveOn(): boolean {
    if (!this.#nextExists()) return false
    this.#closeSegment()
    this.#finished = false
    this.#sequence += 1
    this.#offset = 0
    return true
  }

  /** Bytes of whole lines that have not been read. Reads them all: for a look from outside, not for a running listener. */
  measure(): number {
    const window = Buffer.allocUnsafe(MAX_LINE_BYTES)
    let bytes = 0
    for (;;) {
      const result = this.read(window, 0, window.length, true)
      if (result === 'nothing' || result === 'crowded') return bytes
      bytes += result.to - result.from
    }
  }

  /** Goes back to an earlier position that was not retired, to read from there again. */
  rewind(position: MailboxPosition): void {
    this.#closeSegment()
    this.#finished = false
    this.#sequence = position.sequence
    this.#offset = position.offset
  }

  /** Goes back to where something begins that was read just now, in the same pass: the segment is still there. */
  giveBack(position: MailboxPosition): void {
    if (position.sequence !== this.#sequence) this.#closeSegment()
    this.#finished = false
    this.#sequence = position.sequence
    this.#offset = position.offset
  }

  /**
   * Whether there is something to read: a look that costs little.
   *
   * @param thorough - see `read`; the look costs four times as much
   */
  hasMore(thorough: boolean): boolean {
    if (this.#finished) return this.#nextExists()
    const descriptor = this.#open()
    if (descriptor === undefined) return false
    if (readSync(descriptor, glance, 0, 1, this.#offset) === 1 && glance[0] !== 0) return true
    return thorough && this.#nextExists()
  }

  /**
   * Gives up the segments before `committed`, whose lines are in the log and recorded as such: mapped ones are returned
   * to the writer, others deleted.
   */
  retireBefore(committed: number): void {
    for (; this.#oldest < committed; this.#oldest += 1) {
      const plain = join(this.directory, segmentFileName(this.#oldest, 'plain'))
      if (!this.#returnMapped(this.#oldest)) unlinkIfThere(plain)
    }
  }

  #returnMapped(sequence: number): boolean {
    const mapped = join(this.directory, segmentFileName(sequence, 'mapped'))
    const free = (old: number): string => join(this.directory, segmentFileName(old, 'free'))
    if (!isThere(mapped)) return false
    this.#returned = this.#returned.filter((old) => isThere(free(old)))
    if (this.#returned.length < SEGMENTS_RETURNED) {
      renameSync(mapped, free(sequence))
      this.#returned.push(sequence)
    } else {
      unlinkSync(mapped)
    }
    return true
  }

  /** Tells the writer whether it has to ring. Best effort: a bell that can't be set costs time, never a record. */
  setBell(state: 'watched' | 'asleep'): void {
    const value = Buffer.alloc(4)
    this.#bell = nextBell(this.#bell, state)
    value.writeUInt32LE(this.#bell)
    try {
      const descriptor = openSync(join(this.directory, 'header'), constants.O_RDWR | constants.O_NOFOLLOW)
      try {
        writeSync(descriptor, value, 0, value.length, BELL_OFFSET)
      } finally {
        closeSync(descriptor)
      }
    } catch {
      // A writer that doesn't ring is read at the floor poll.
    }
  }

  /** Whether the writer has ended in an orderly way, rather than been killed. */
  hasLeft(): boolean {
    return this.isSealed() || this.exitCode() !== undefined
  }

  /**
   * The code that the process or thread was about to exit with; `undefined` when it has not said so, or was killed, or
   * out of room, half-way.
   */
  exitCode(): number | undefined {
    const descriptor = openIfThere(join(this.directory, 'left'))
    if (descriptor === undefined) return undefined
    try {
      const text = readFileSync(descriptor, 'latin1')
      return EXIT_CODE.test(text) ? Number(text) : undefined
    } finally {
      closeSync(descriptor)
    }
  }

  /** Whether the writer has said that it will write no more. */
  isSealed(): boolean {
    return existsSync(join(this.directory, 'sealed'))
  }

  /** Whether lines were added at its end, or can't be. */
  hasLastWords(): boolean {
    return lstatSync(join(this.directory, DROPS_NAME), { throwIfNoEntry: false })?.isFile() !== true
  }

  /**
   * Adds lines in the place of the tally of drops. They take no room on the disk, and are there as soon as the tally is
   * gone: once, whoever is killed. The writer must be dead, and everything read.
   *
   * @throws the system's error; to be repeated then
   */
  endWith(lines: string): void {
    if (this.#nextExists()) throw new Error(`segment ${this.#sequence + 1} is there, and was not read`)
    overwriteDrops(this.directory, lines)
    renameSync(join(this.directory, DROPS_NAME), join(this.directory, segmentFileName(this.#sequence + 1, 'plain')))
  }

  /**
   * Deletes the mailbox. A kill half-way leaves a name in `tmp` that is swept up later.
   *
   * @throws the system's error when it can't be taken out of the mailboxes; it is whole then
   */
  delete(tmp: string): void {
    this.close()
    const gone = join(tmp, `${this.id}.gone`)
    try {
      renameSync(this.directory, gone)
    } catch (error) {
      if (!isThere(this.directory)) return
      throw error
    }
    try {
      rmSync(gone, { recursive: true, force: true })
    } catch {
      // Out of the way it is.
    }
  }

  close(): void {
    this.#closeSegment()
  }

  #closeSegment(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}

/**
 * Reads a range of a mailbox again that was read before and is not retired.
 *
 * @param mailbox - its directory
 * @returns fewer bytes, or none, when the segment is not there any more
 */
export function readAgain(mailbox: string, range: LineRange): Buffer {
  const bytes = Buffer.alloc(range.to - range.from)
  for (const form of ['mapped', 'plain'] as const) {
    const descriptor = openIfThere(join(mailbox, segmentFileName(range.sequence, form)))
    if (descriptor === undefined) continue
    try {
      return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, range.from))
    } finally {
      closeSync(descriptor)
    }
  }
  return bytes.subarray(0, 0)
}
