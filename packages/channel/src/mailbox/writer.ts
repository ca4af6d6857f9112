/**
 * The writing end of a mailbox: lines go in, and are in the kernel's hands when `append` returns.
 *
 * What always holds in this room: one thread writes a mailbox, one listener reads it, and neither ever waits for the
 * other.
 *
 * The chain starts with a small plain segment, so that a worker that logs little pays neither for mapping nor for
 * memory. From the second segment on it is mapped where that can be done.
 */
import { renameSync, rmSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { newMailboxId, type ChannelLayout } from '../layout/layout.ts'
import { makePrivateDirectory, writePrivateFile } from '../layout/private.ts'
import type { FunnelError } from '../util/errors.ts'
import { LifeSign } from '../liveness/life-sign.ts'
import { mappedBell, plainBell, type Bell } from './bell.ts'
import { mailboxDamaged, replaceIfDeleted, restoreFiles, segmentLost } from './damage.ts'
import { reserveDrops } from './drops.ts'
import { encodeHeader, headerSeemsWhole, type WriterProfile } from './header.ts'
import { noteLeft, noteSealed } from './mailbox-ending.ts'
import { Quota, NO_LIMITS, type MailboxLimits, type Refusal } from './quota.ts'
import { isUrgent, levelOf, MAX_LINE_BYTES, oversizeLine } from './line.ts'
import { MappedSegment } from '../segment/mapped-segment.ts'
import { MappedSupply } from '../segment/mapped-supply.ts'
import { insistOnMapping, mappingObstacle } from '../segment/memory-map.ts'
import { PlainSegment } from '../segment/plain-segment.ts'
import type { MailboxPosition } from './position.ts'
import { EndOfChain, segmentIsThere, type Segment } from '../segment/segment.ts'
import { createMappedSegment } from '../segment/segment-draft.ts'
import { segmentFileName, type SegmentForm } from '../segment/segment-name.ts'

/**
 * How segments are written: `auto` maps where it can be done (see memory-map.ts), `mapped` insists on it from the
 * first segment on, `plain` never maps.
 */
export type MailboxForm = 'auto' | SegmentForm

/** Filled by some 300 records; then mapping has shown its worth. */
const FIRST_SEGMENT_BYTES = 64 * 1024
const GROWTH = 4
/** Large enough that moving on costs nothing per record, small enough that two of them stay in the CPU's cache. */
const LARGEST_SEGMENT_BYTES = 1024 * 1024

export class MailboxWriter {
  readonly id: string
  readonly directory: string
  #life: LifeSign
  #bell: Bell
  #segment: Segment
  /** Its deleted predecessors in the same place of the chain. */
  readonly #done: Segment[] = []
  readonly #supply: MappedSupply
  #form: MailboxForm
  #segmentBytes = FIRST_SEGMENT_BYTES
  readonly #quota: Quota
  readonly #header: Buffer
  readonly #onLost: (error: FunnelError) => void
  /** Set while too much waits and only urgent records are taken. */
  #restricted: Refusal | undefined
  /** Whether the mailbox may have another segment; checked when the last stretch of the current one begins. */
  #hasRoom = false

  /**
   * Makes a mailbox and starts to prove that its writer lives. The mailbox appears whole, by rename.
   *
   * @param onLost - takes the FunnelErrors `FUNNEL_SEGMENT_LOST`, once the mailbox goes on in the next segment, and
   * `FUNNEL_MAILBOX_DAMAGED`
   * @throws the system's error when the channel has no room or no permission for it; FunnelError
   * `FUNNEL_MAPPING_UNAVAILABLE` when `form` is `'mapped'` and memory can't be mapped here
   */
  constructor(
    channel: ChannelLayout,
    profile: WriterProfile,
    form: MailboxForm,
    limits: MailboxLimits = NO_LIMITS,
    onLost: (error: FunnelError) => void = () => {},
  ) {
    if (form === 'mapped') insistOnMapping(channel.directory)
    this.id = newMailboxId()
    this.directory = join(channel.mailboxes, this.id)
    this.#supply = new MappedSupply(this.directory)
    this.#quota = new Quota(this.directory, channel.mailboxes, limits)
    this.#form = form
    this.#onLost = onLost
    this.#header = encodeHeader(profile)
    this.#quota.claimMailbox(FIRST_SEGMENT_BYTES)
    const draft = join(channel.tmp, this.id)
    const opened: { close(): void }[] = []
    makePrivateDirectory(draft)
    try {
      writePrivateFile(join(draft, 'header'), this.#header)
      reserveDrops(draft)
      this.#segment = (form === 'mapped' ? createMappedSegment : PlainSegment.create)(draft, 1, FIRST_SEGMENT_BYTES)
      opened.push(this.#segment)
      this.#bell = form === 'mapped' ? mappedBell(draft) : plainBell(draft)
      opened.push(this.#bell)
      this.#life = new LifeSign(draft, 'life')
      opened.push(this.#life)
      renameSync(draft, this.directory)
      if (form === 'mapped' && this.#segment instanceof MappedSegment) this.#segment.movedTo(this.directory)
    } catch (error) {
      for (const resource of opened) resource.close()
      rmSync(draft, { recursive: true, force: true })
      throw error
    }
  }

  /** The end of what was written. */
  get position(): MailboxPosition {
    return { sequence: this.#segment.sequence, offset: this.#segment.offset }
  }

  get bell(): Bell {
    return this.#bell
  }

  /**
   * Appends one line (see `toLine`). When this returns `undefined`, the line survives the death of this process.
   *
   * @returns why the line was not taken, when too much waits in the mailbox already
   * @throws the system's error when there is no room for it; then nothing of the line will be read. FunnelError
   * `FUNNEL_DESTINATION_ENDED` after `seal`
   */
  append(line: string): Refusal | undefined {
    if (!this.#restricted && this.#segment.append(line)) return undefined
    return this.#appendWithCare(line)
  }

  /**
   * Appends several lines at once, as far as that can be done without moving on or making a choice.
   *
   * @returns how many of the characters were taken, from the first on: whole lines
   * @throws FunnelError `FUNNEL_DESTINATION_ENDED` after `seal`
   */
  appendBlock(lines: string): number {
    if (this.#restricted) return 0
    for (;;) {
      const taken = this.#segment.appendBlock(lines)
      if (taken > 0 || !this.#nextStretch()) return taken
    }
  }

  /** Whether records of every level are currently taken. */
  takesAll(): boolean {
    return this.#restricted === undefined || this.#isRelieved()
  }

  #appendWithCare(line: string): Refusal | undefined {
    const length = Buffer.byteLength(line)
    if (length > MAX_LINE_BYTES) return this.append(oversizeLine(line, length))
    const urgent = isUrgent(levelOf(line))
    if (this.#restricted && !urgent && !this.#isRelieved()) return this.#restricted
    if (this.#appendHere(line)) return undefined
    const refusal =
      this.#hasRoom && length <= this.#nextSize()
        ? undefined
        : this.#quota.check(Math.max(this.#nextSize(), length), urgent)
    if (refusal) {
      // One that is longer than a segment may be too long where others are not.
      if (length <= this.#nextSize()) this.#restricted ??= refusal
      return refusal
    }
    this.#moveOn(length)
    if (!this.#appendHere(line)) throw new Error(`a fresh segment has no room for ${length} bytes`)
    return undefined
  }

  #appendHere(line: string): boolean {
    while (!this.#segment.append(line)) if (!this.#nextStretch()) return false
    return true
  }

  /** Each stretch of a mapped segment pays for a part of the next one. */
  #nextStretch(): boolean {
    const stretchesLeft = this.#segment instanceof MappedSegment ? this.#segment.nextStretch() : 0
    if (stretchesLeft === 0) return false
    const size = this.#nextSize()
    const mayGrow = (): boolean => this.#quota.check(size, false) === undefined
    if (stretchesLeft === 1) this.#hasRoom = mayGrow()
    else this.#supply.prepare(size, stretchesLeft - 1, mayGrow)
    return true
  }

  /** Checks now and then whether the listener has caught up. If so, records of all levels are taken again. */
  #isRelieved(): boolean {
    if (!this.#quota.isRelieved(this.#nextSize())) return false
    this.#restricted = undefined
    return true
  }

  /** The next segment is there before the end mark says so: a reader that sees the mark finds it. */
  #moveOn(needed: number): void {
    const damaged = headerSeemsWhole(this.directory) ? [] : this.#restoreFiles()
    const again = replaceIfDeleted(this.directory, this.#segment)
    if (again) {
      damaged.push(segmentFileName(again.sequence, this.#segment.form))
      // It takes no lines: while the next one can't be made, none is stored where only readers of one of them find it.
      this.#done.push(this.#segment)
      this.#segment = again
    }
    try {
      const last = this.#segment
      this.#segment = this.#nextSegment(last.sequence + 1, needed)
      this.#hasRoom = false
      for (const segment of [...this.#done.splice(0), last]) {
        const lost = this.#supply.leave(segment)
        if (lost) this.#onLost(segmentLost(lost.path))
      }
    } finally {
      if (damaged.length > 0) this.#onLost(mailboxDamaged(this.directory, damaged))
    }
  }

  /**
   * Makes again what another program has cut, damaged or deleted of the mailbox, but for earlier segments: when the listener
   * has gone or can't read it; at an exit, which must cost nothing, only if a size or a name has changed. Never throws.
   */
  restore(when: 'always' | 'if cut' = 'always'): void {
    if (this.#segment instanceof EndOfChain) return
    if (when === 'if cut' && headerSeemsWhole(this.directory) && segmentIsThere(this.directory, this.#segment)) return
    const damaged = this.#restoreFiles()
    try {
      if (!segmentIsThere(this.directory, this.#segment)) this.#moveOn(0)
    } catch {
      // On a full disk, say; then the next segment has the same trouble.
    }
    if (damaged.length > 0) this.#onLost(mailboxDamaged(this.directory, damaged))
  }

  #restoreFiles(): string[] {
    try {
      const made = restoreFiles(this.directory, this.#header)
      if (made.includes('header')) this.#replaceBell(plainBell)
      return made
    } catch {
      return []
    }
  }

  #nextSegment(sequence: number, needed: number): Segment {
    if (needed > LARGEST_SEGMENT_BYTES / 2) return PlainSegment.create(this.directory, sequence, needed)
    this.#segmentBytes = this.#nextSize()
    const size = Math.max(this.#segmentBytes, needed * 2)
    if (this.#wantsMapping()) {
      const segment = this.#mapped(sequence, size)
      if (segment) return segment
    }
    return PlainSegment.create(this.directory, sequence, size)
  }

  #nextSize(): number {
    return Math.min(this.#segmentBytes * GROWTH, LARGEST_SEGMENT_BYTES)
  }

  /** Not after a lost segment. The one after the next is mapped again, unless its file system refuses the zeros. */
  #wantsMapping(): boolean {
    if (this.#segment instanceof MappedSegment && this.#segment.isLost) return false
    if (this.#form === 'auto') this.#form = mappingObstacle(this.directory) === undefined ? 'mapped' : 'plain'
    return this.#form === 'mapped'
  }

  /** `undefined` when memory or room for a whole segment ran out: a plain segment needs room for its lines only. */
  #mapped(sequence: number, size: number): MappedSegment | undefined {
    try {
      // First, because nothing may fail once the segment has its place in the chain.
      if (!this.#bell.isCheapToRead) this.#replaceBell(mappedBell)
      return this.#supply.take(sequence, size)
    } catch {
      return undefined
    }
  }

  #replaceBell(make: typeof mappedBell): void {
    const bell = make(this.directory)
    this.#bell.close()
    this.#bell = bell
  }

  /** Notes that the process or thread is about to exit with `code`. Other code may still write before it does. */
  noteExit(code: number): void {
    this.restore('if cut')
    noteLeft(this.directory, code)
  }

  /** Declares that nothing more will be written, and ends the proof of life. Nothing can be appended afterwards. */
  seal(): void {
    if (this.#segment instanceof EndOfChain) return
    this.restore('if cut')
    noteSealed(this.directory)
    const last = this.#segment
    this.#segment = new EndOfChain(last)
    // Before it is closed, since its size is that of its memory.
    const lost = last instanceof MappedSegment && last.wasCut()
    this.#supply.close()
    for (const segment of [...this.#done, last]) segment.close()
    this.#bell.close()
    this.#life.close()
    if (lost) this.#onLost(segmentLost(last.path))
  }
}
