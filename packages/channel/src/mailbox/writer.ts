/**
 * The writing end of a mailbox: lines go in, and are in the kernel's hands when `append` returns.
 *
 * One thread writes, one listener reads, and neither ever waits for the other. The chain starts with a small plain
 * segment, so that a worker that logs little pays neither for mapping nor for memory; from the second segment on it is
 * mapped where that can be done.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:net'
import { join } from 'node:path'
import type { ChannelLayout } from '../directory/layout.ts'
import { newMailboxId } from '../directory/layout.ts'
import { FunnelError } from '../errors.ts'
import { listenAlive } from '../life/proof.ts'
import { mappedBell, plainBell, type Bell } from './bell.ts'
import { encodeHeader, type MailboxIdentity } from './header.ts'
import { MAX_LINE_BYTES, oversizeLine } from './line.ts'
import { MappedSegment } from './mapped-segment.ts'
import { mappingObstacle } from './memory-map.ts'
import { PlainSegment } from './plain-segment.ts'
import type { MailboxPosition } from './position.ts'
import type { Segment } from './segment.ts'
import type { SegmentForm } from './segment-name.ts'

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
  #life: Server
  #bell: Bell
  #segment: Segment
  /** Mapped segments the chain has left behind, oldest first: the reader still holds them, or has returned them. */
  #left: MappedSegment[] = []
  #form: MailboxForm
  #segmentBytes = FIRST_SEGMENT_BYTES

  /**
   * Makes a mailbox and starts to prove that its writer lives. The mailbox appears whole, by rename.
   *
   * @throws the system's error when the channel has no room or no permission for it; FunnelError
   * `FUNNEL_MAPPING_UNAVAILABLE` when `form` is `'mapped'` and memory can't be mapped here
   */
  constructor(channel: ChannelLayout, identity: MailboxIdentity, form: MailboxForm) {
    if (form === 'mapped') insistOnMapping(channel.root)
    this.id = newMailboxId()
    this.directory = join(channel.mailboxes, this.id)
    this.#form = form
    const draft = join(channel.tmp, this.id)
    mkdirSync(draft, { mode: 0o700 })
    try {
      writeFileSync(join(draft, 'header'), encodeHeader(identity), { mode: 0o600, flag: 'wx' })
      this.#segment = createSegment(draft, 1, FIRST_SEGMENT_BYTES, form === 'mapped' ? 'mapped' : 'plain')
      this.#bell = form === 'mapped' ? mappedBell(draft) : plainBell(draft)
      // Connections come from the listener and carry nothing: that they end is all they say.
      this.#life = listenAlive(draft, 'life', (socket) => socket.on('error', () => {}).resume().unref())
      renameSync(draft, this.directory)
    } catch (error) {
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
   * Appends one line (see `toLine`). When this returns, the line survives the death of this process.
   *
   * @throws the system's error when there is no room for it; then nothing of the line will be read
   */
  append(line: string): void {
    if (!this.#segment.append(line)) this.#appendToNext(line)
  }

  #appendToNext(line: string): void {
    const length = Buffer.byteLength(line)
    if (length > MAX_LINE_BYTES) return this.append(oversizeLine(line, length))
    this.#moveOn(length)
    if (!this.#segment.append(line)) throw new Error(`a fresh segment has no room for ${length} bytes`)
  }

  /** The next segment is there before the end mark says so: a reader that sees the mark finds it. */
  #moveOn(needed: number): void {
    const done = this.#segment
    this.#segment = this.#nextSegment(done.sequence + 1, needed)
    done.markEnd()
    if (done instanceof MappedSegment) this.#left.push(done)
    else done.close()
  }

  #nextSegment(sequence: number, needed: number): Segment {
    if (needed > LARGEST_SEGMENT_BYTES / 2) return createSegment(this.directory, sequence, needed, 'plain')
    this.#segmentBytes = Math.min(this.#segmentBytes * GROWTH, LARGEST_SEGMENT_BYTES)
    const size = Math.max(this.#segmentBytes, needed * 2)
    if (this.#wantsMapping()) {
      const segment = this.#recycled(sequence, size) ?? this.#freshlyMapped(sequence, size)
      if (segment) return segment
    }
    return createSegment(this.directory, sequence, size, 'plain')
  }

  #wantsMapping(): boolean {
    if (this.#form === 'auto') this.#form = mappingObstacle(this.directory) === undefined ? 'mapped' : 'plain'
    return this.#form === 'mapped'
  }

  /** The reader returns segments in the order of the chain, so only the oldest one is ever looked at. */
  #recycled(sequence: number, size: number): MappedSegment | undefined {
    for (let oldest = this.#left[0]; oldest; oldest = this.#left[0]) {
      const custody = oldest.custody(this.directory)
      if (custody === 'held') return undefined
      this.#left.shift()
      if (custody === 'deleted') oldest.close()
      else if (oldest.size < size) oldest.discard(this.directory)
      else return oldest.recycle(this.directory, sequence)
    }
    return undefined
  }

  /** `undefined` when memory or room for a whole segment ran out: a plain segment needs room for its lines only. */
  #freshlyMapped(sequence: number, size: number): MappedSegment | undefined {
    try {
      const segment = MappedSegment.create(this.directory, sequence, size)
      if (!this.#bell.instant) this.#replaceBell()
      return segment
    } catch {
      return undefined
    }
  }

  #replaceBell(): void {
    const bell = mappedBell(this.directory)
    this.#bell.close()
    this.#bell = bell
  }

  /** Says that no more will be written, and ends the proof of life. Nothing may be appended afterwards. */
  seal(): void {
    try {
      writeFileSync(join(this.directory, 'sealed'), '', { mode: 0o600 })
    } finally {
      this.#close()
    }
  }

  #close(): void {
    for (const segment of this.#left.splice(0)) segment.close()
    this.#segment.close()
    this.#bell.close()
    this.#life.close()
  }
}

function createSegment(mailbox: string, sequence: number, size: number, form: SegmentForm): Segment {
  return form === 'mapped'
    ? MappedSegment.create(mailbox, sequence, size)
    : PlainSegment.create(mailbox, sequence, size)
}

function insistOnMapping(directory: string): void {
  const obstacle = mappingObstacle(directory)
  if (obstacle === undefined) return
  throw new FunnelError(
    'FUNNEL_MAPPING_UNAVAILABLE',
    `The option 'form' is 'mapped', but memory can't be mapped here: ${obstacle}. ` +
      `Install the package koffi and use a local ext4, xfs or tmpfs, or set 'form' to 'auto'.`,
  )
}
