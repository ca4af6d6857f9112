/**
 * The reading end of a mailbox.
 *
 * The reader takes whole lines only: from its position up to the last `\n` before the first NUL or the end of the file.
 * Each byte of a segment changes once, from 0 to its value. So the part of a write that a reader sees is a prefix of it
 * or has a NUL in it, on any memory model.
 *
 * Another program may have cut or deleted segments. A hole in a plain one of this boot is passed over: its bytes come in
 * order, so that NULs before the end of the file were cut away. So is a segment that is missing when a later one is there.
 *
 * A segment is finished when its end mark (an empty line) was read. Without an end mark, it is finished when the next
 * segment exists and a read that began after the reader saw it found nothing more.
 */
import { closeSync, fstatSync, readSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { Holes, LaterSegments, openSegment, type LineRange, type Probe } from '../segment/find-segment.ts'
import { listSegments, type SegmentForm } from '../segment/segment-name.ts'
import { SegmentRecycler } from '../segment/segment-recycler.ts'
import { writeBell } from './bell.ts'
import { BELL_OFFSET, FIRST_SLEEP, nextBell, readHeader, type WriterProfile } from './header.ts'
import { MAX_LINE_BYTES } from './line.ts'
import { MailboxEnding } from './mailbox-ending.ts'
import type { MailboxPosition } from './position.ts'
import { countNewlines, NEWLINE } from '../util/newline.ts'

/** `nothing` new to read now; `crowded`: the next line is longer than the space offered. */
export type ReadResult = LineRange | 'nothing' | 'crowded'

/** The first read of a call is small: most calls find a few lines or none. */
const FIRST_READ_BYTES = 16 * 1024

const oneByte = Buffer.alloc(1)
let measuringWindow: Buffer | undefined

/**
 * How far the segment is read:
 *
 * - `behind`: there may be more
 * - `caught up`: the last read took all that was written
 * - `finished`: nothing more will come, so that the next segment is next
 */
type Progress = 'behind' | 'caught up' | 'finished'

export class MailboxReader {
  readonly id: string
  readonly directory: string
  readonly profile: WriterProfile
  /** Whether a former listener set the bell or collected lines. */
  readonly wasFoundBefore: boolean
  /** What the writer left behind at its end. */
  readonly ending: MailboxEnding
  readonly #recycler: SegmentRecycler
  readonly #later: LaterSegments
  #bell: number
  #sequence: number
  #offset: number
  #form: SegmentForm | undefined
  #descriptor: number | undefined
  #keepsOpen = true
  #progress: Progress = 'behind'
  #isMissing = false
  readonly #holes: Holes

  /**
   * @param position - where reading goes on; without it, at the oldest segment there is
   * @throws FunnelError `FUNNEL_MAILBOX_INVALID` or the system's error when the mailbox can't be read
   */
  constructor(mailboxes: string, id: string, position?: MailboxPosition) {
    this.id = id
    this.directory = join(mailboxes, id)
    const { header, profile } = readHeader(join(this.directory, 'header'), mailboxes)
    this.profile = profile
    this.#holes = new Holes(profile.boot)
    this.#bell = header.readUInt8(BELL_OFFSET)
    const oldest = listSegments(this.directory)[0]?.sequence ?? 1
    this.#recycler = new SegmentRecycler(this.directory, oldest)
    this.#later = new LaterSegments(this.directory)
    this.ending = new MailboxEnding(this.directory)
    // Segments before the position are drained. An oldest segment after it can only mean that the journal was lost.
    const known = position !== undefined && position.sequence >= oldest
    this.#sequence = known ? position.sequence : oldest
    this.#offset = known ? position.offset : 0
    this.wasFoundBefore = this.#bell !== FIRST_SLEEP || this.#sequence > 1 || this.#offset > 0
  }

  get position(): MailboxPosition {
    return { sequence: this.#sequence, offset: this.#offset }
  }

  /** How the segment being read is written; `undefined` before it was opened. */
  get form(): SegmentForm | undefined {
    return this.#form
  }

  /**
   * Whether the last read took all that was written. Another read would only find lines that were written in the
   * meantime, one by one behind a writer that is as fast.
   */
  get hasCaughtUp(): boolean {
    return this.#progress === 'caught up'
  }

  /**
   * Reads whole lines into `target`, from `at` on and at most `limit` bytes.
   *
   * @param probeNextSegment - also check for a next segment when there is no end mark: a writer can die between making
   * the segment and writing the mark
   * @throws the system's error when the segment can't be read
   */
  read(target: Buffer, at: number, limit: number, probeNextSegment: Probe): ReadResult {
    try {
      return this.#read(target, at, limit, probeNextSegment)
    } finally {
      if (!this.#keepsOpen) this.close()
    }
  }

  #read(target: Buffer, at: number, limit: number, probeNextSegment: Probe): ReadResult {
    for (;;) {
      if (this.#progress === 'finished' && !this.#moveOn()) return 'nothing'
      const descriptor = this.#open()
      if (descriptor === undefined && this.#moveOn()) continue
      if (descriptor === undefined) return 'nothing'
      const isLast = probeNextSegment === false || !this.hasLaterSegments(probeNextSegment)
      const result = this.#readLines(descriptor, target, at, limit)
      if (result === 'hole') continue
      if (!isLast && this.#progress === 'caught up') this.#progress = 'behind'
      if (result !== 'nothing') return result
      if (this.#progress === 'finished') continue
      if (isLast) return 'nothing'
      this.#progress = 'finished'
    }
  }

  #readLines(descriptor: number, target: Buffer, at: number, limit: number): ReadResult | 'hole' {
    let count = 0
    for (let size = Math.min(FIRST_READ_BYTES, limit); ; size = Math.min(size * 4, limit)) {
      const from = count
      count += readSync(descriptor, target, at + from, size - from, this.#offset + from)
      const seen = target.subarray(at, at + count)
      const nul = seen.indexOf(0, from)
      const full = nul === -1 && count === size
      if (full && size < limit) continue
      const end = seen.lastIndexOf(NEWLINE, nul === -1 ? count : nul) + 1
      if (end > 0) return this.#take(seen, end, full)
      const mayPass = nul !== -1 && this.#holes.mayBeIn(this.#form)
      const behind = mayPass ? this.#holes.pass(descriptor, this.position, nul) : undefined
      if (behind === undefined) return full ? 'crowded' : 'nothing'
      this.#offset = behind
      return 'hole'
    }
  }

  /** Every position is the start of a line, so an empty line shows as a newline at the start or after another one. */
  #take(seen: Buffer, end: number, full: boolean): LineRange | 'nothing' {
    const isEnd = end === 1 || seen[end - 2] === NEWLINE
    this.#progress = isEnd ? 'finished' : full ? 'behind' : 'caught up'
    const taken = isEnd ? end - 1 : end
    if (taken === 0) return 'nothing'
    const from = this.#offset
    this.#offset += taken
    return { sequence: this.#sequence, from, to: this.#offset }
  }

  #open(): number | undefined {
    if (this.#descriptor !== undefined) return this.#descriptor
    const segment = openSegment(this.directory, this.#sequence)
    this.#isMissing = segment === undefined
    if (segment === undefined) return undefined
    this.#form = segment.form
    this.#descriptor = segment.descriptor
    return segment.descriptor
  }

  /** Whether there are segments after the one that is read. @throws the system's error when it can't say */
  hasLaterSegments(probe: Probe = true): boolean {
    return this.#later.areAfter(this.#sequence, probe)
  }

  /** Passes over segments that are missing: one that is made again is there before the next one. */
  #moveOn(): boolean {
    const next = this.#later.next(this.#sequence)
    if (next === undefined) return false
    // The one that was missing may have been made again meanwhile.
    if (this.#progress !== 'finished' && this.#open() !== undefined) return true
    this.rewind({ sequence: next, offset: 0 })
    return true
  }

  /** Whether another program has deleted the segment that is read. Its writer can make it again. */
  get isMissing(): boolean {
    return this.#isMissing
  }

  /** Whether another program has cut the segment that is read, so that lines before a position will never come. */
  isCutBefore({ sequence, offset }: MailboxPosition): boolean {
    if (sequence !== this.#sequence) return false
    try {
      const descriptor = this.#open()
      return descriptor !== undefined && fstatSync(descriptor).size < offset
    } catch {
      // The pass that reads it reports why it can't be opened.
      return false
    } finally {
      if (!this.#keepsOpen) this.close()
    }
  }

  /** Bytes that another program has cut away, as far as this reader has passed over them. */
  get cutAway(): number {
    return this.#holes.bytes
  }

  /** Whole lines that were not read yet, for inspection: reads them all. @param probeNextSegment - see `read` */
  measure(probeNextSegment = true): { readonly bytes: number; readonly records: number } {
    let window = (measuringWindow ??= Buffer.allocUnsafe(FIRST_READ_BYTES))
    for (let bytes = 0, records = 0; ;) {
      const result = this.read(window, 0, window.length, probeNextSegment)
      if (result === 'crowded' && window.length < MAX_LINE_BYTES) window = Buffer.allocUnsafe(MAX_LINE_BYTES)
      else if (result === 'nothing' || result === 'crowded') return { bytes, records }
      else {
        bytes += result.to - result.from
        records += countNewlines(window.subarray(0, result.to - result.from))
      }
    }
  }

  /** Goes back to an earlier position that was not retired, to read from there again. */
  rewind(position: MailboxPosition): void {
    this.close()
    this.#goTo(position)
  }

  /** The same, to a position that was read in the same pass: its segment still exists. */
  giveBack(position: MailboxPosition): void {
    if (position.sequence !== this.#sequence) this.close()
    this.#goTo(position)
  }

  #goTo({ sequence, offset }: MailboxPosition): void {
    this.#progress = 'behind'
    this.#sequence = sequence
    this.#offset = offset
  }

  /**
   * Whether there is something to read: much cheaper than to read it.
   *
   * @param probeNextSegment - as `cheaply` for `read`; the check then costs twice as much
   */
  hasMore(probeNextSegment: boolean): boolean {
    if (this.#progress === 'finished') return this.hasLaterSegments()
    try {
      const descriptor = this.#open()
      if (descriptor === undefined) return this.hasLaterSegments()
      // A NUL of a hole may have lines behind it.
      const isThere = readSync(descriptor, oneByte, 0, 1, this.#offset) === 1
      if (isThere && (oneByte[0] !== 0 || this.#holes.mayBeIn(this.#form))) return true
      return probeNextSegment && this.hasLaterSegments('cheaply')
    } finally {
      if (!this.#keepsOpen) this.close()
    }
  }

  /** Whether the segment stays open between two reads: cheaper, and the default. */
  keepOpen(keepsOpen: boolean): void {
    this.#keepsOpen = keepsOpen
    if (!keepsOpen) this.close()
  }

  /** Gives up the segments before `sequence`, whose lines are in the log and recorded as such. */
  retireBefore(sequence: number): void {
    this.#recycler.retireBefore(sequence)
  }

  /**
   * Shows the writer whether it has to ring: yes while the listener is `asleep`. Best effort: a bell that can't be set
   * costs time, never a record.
   */
  setBell(state: 'polling' | 'asleep'): void {
    this.#bell = nextBell(this.#bell, state)
    writeBell(this.directory, this.#bell)
  }

  /**
   * Deletes the mailbox; see {@link MailboxEnding.delete}.
   *
   * @returns whether it was there
   * @throws the system's error when it can't be moved to `tmp`; it is still whole then
   */
  delete(tmp: string): boolean {
    this.close()
    return this.ending.delete(tmp)
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
