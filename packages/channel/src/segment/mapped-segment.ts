/**
 * Segments that are written through memory. segment-draft.ts makes them, mapped-supply.ts uses them again after the
 * reader has drained them. The invariant of the room is in segment.ts.
 */
// The global one is an accessor, which every call would go through.
import { Buffer } from 'node:buffer'
import { closeSync, constants, existsSync, openSync, readSync, statSync } from '../captured/fs.ts'
import { join } from 'node:path'
import type { MappedBytes } from './memory-map.ts'
import { segmentFileName } from './segment-name.ts'
import type { Segment } from './segment.ts'
import { unlinkQuietly } from '../util/files.ts'
import { NEWLINE } from '../util/newline.ts'

/** The end mark always fits, so that the reader never has to search for the next segment. */
const END_MARK_BYTES = 1

/** Parts of a segment that are filled one after the other, each with leave of the writer. */
export const STRETCHES = 128
const LEAST_STRETCH_BYTES = 4096

/** Without the dispatch of `Buffer.write`: that takes a tenth of what this project adds to a log call. */
interface AsciiWriter {
  latin1Write?: (this: Buffer, text: string, offset: number, length: number) => number
}
const writeAscii =
  (Buffer.prototype as AsciiWriter).latin1Write ??
  function (this: Buffer, text: string, offset: number, length: number): number {
    return this.write(text, offset, length, 'latin1')
  }

/**
 * Where a line that is not ASCII is encoded before it is copied into the segment. Never in the segment itself: of a
 * surrogate pair V8 writes the first half as a character of its own, and goes back when it sees the second. A reader on
 * another CPU takes the line with what was there for a moment (measured: 20 of a million records). A copy stores each
 * byte once. Made at the first such line.
 */
let encoded: Buffer | undefined
const ENCODED_BYTES = 64 * 1024

/**
 * A segment written through memory: a line costs a copy, and is in the kernel's hands as soon as that is made.
 *
 * Each part of the file is filled with zeros by write(2) before the first store into it, which would fail in a hole of a
 * full disk. It is never truncated. Fresh pages cost more than the copy itself, so drained segments are used again.
 *
 * A store does fail when another program has cut the file, or when its file system has failed. The segment is *lost*
 * then: its memory is no longer that of the file (memory.c in the package @pino-funnel/memory), so that what is stored
 * from there on reaches no reader. Whether it is lost is checked after each store.
 */
export class MappedSegment implements Segment {
  readonly form = 'mapped'
  readonly sequence: number
  readonly memory: MappedBytes
  #mailbox: string
  readonly #bytes: Buffer
  #capacity: number
  /** The end of the stretch that is being filled. */
  #limit: number
  #offset = 0

  /** @param memory - zeros, and those of the file that has this place in the chain */
  constructor(mailbox: string, sequence: number, memory: MappedBytes) {
    this.#mailbox = mailbox
    this.sequence = sequence
    this.memory = memory
    this.#bytes = memory.bytes
    this.#capacity = memory.bytes.length - END_MARK_BYTES
    this.#limit = Math.min(this.#stretchBytes, this.#capacity)
  }

  get path(): string {
    return this.#path('mapped')
  }

  /** The mailbox has got its final name. */
  movedTo(mailbox: string): void {
    this.#mailbox = mailbox
  }

  get size(): number {
    return this.#bytes.length
  }

  /** Bytes that are not zeros, the end mark included. */
  get used(): number {
    return this.#offset + END_MARK_BYTES
  }

  /** Where the file is once the reader has returned it. */
  get returnedPath(): string {
    return this.#path('free')
  }

  /** Whether its file takes no stores any more. */
  get isLost(): boolean {
    return this.memory.isLost()
  }

  /**
   * Whether another program has cut the file. When that was in the middle of a page, no store shows it: those into the
   * page succeed, and reach no reader. `false` when the system can't say: to a process that has changed its user, or on
   * a disk that has failed.
   */
  wasCut(): boolean {
    try {
      return statSync(this.path).size < this.size
    } catch {
      return false
    }
  }

  get #stretchBytes(): number {
    return Math.max(Math.ceil(this.size / STRETCHES), LEAST_STRETCH_BYTES)
  }

  /**
   * Gives leave to fill one stretch more.
   *
   * @returns how many are left, this one included; 0 when the segment is full
   */
  nextStretch(): number {
    const left = Math.ceil((this.#capacity - this.#limit) / this.#stretchBytes)
    if (left === 0) return 0
    this.#limit = Math.min(this.#limit + this.#stretchBytes, this.#capacity)
    return left
  }

  get offset(): number {
    return this.#offset
  }

  append(line: string): boolean {
    return this.appendBlock(line) > 0
  }

  appendBlock(lines: string): number {
    const length = Buffer.byteLength(lines)
    if (this.#offset + length > this.#limit) return 0
    // As many bytes as characters: nothing but ASCII, so that each byte is stored once.
    if (length === lines.length) writeAscii.call(this.#bytes, lines, this.#offset, length)
    else this.#copyIn(lines, length)
    if (this.memory.isLost()) return this.#keepStored(lines, length)
    this.#offset += length
    return lines.length
  }

  #copyIn(line: string, length: number): void {
    encoded ??= Buffer.alloc(ENCODED_BYTES)
    if (length > ENCODED_BYTES) Buffer.from(line).copy(this.#bytes, this.#offset)
    else encoded.copy(this.#bytes, this.#offset, 0, encoded.write(line))
  }

  /**
   * Closes the segment, which was lost when these lines were stored, and keeps those that its file has. The reader takes
   * them; it never takes the others, since a byte that the file does not have by now stays NUL.
   *
   * @returns characters of the lines that the file has
   */
  #keepStored(lines: string, length: number): number {
    this.#capacity = this.#limit = 0
    const bytes = Buffer.from(lines)
    const stored = this.#readBack(length)
    let whole = 0
    for (let at = 0; at < length && stored[at] === bytes[at]; at += 1) if (bytes[at] === NEWLINE) whole = at + 1
    this.#offset += whole
    return bytes.toString('utf8', 0, whole).length
  }

  /** What the file has where lines were stored last; NUL when it can't be read, so that the reader can't either. */
  #readBack(length: number): Buffer {
    const stored = Buffer.alloc(length)
    try {
      const descriptor = openSync(this.path, constants.O_RDONLY | constants.O_NOFOLLOW)
      try {
        readSync(descriptor, stored, 0, length, this.#offset)
      } finally {
        closeSync(descriptor)
      }
    } catch {
      // NUL, then.
    }
    return stored
  }

  stored(): Buffer | undefined {
    return this.isLost ? undefined : Buffer.from(this.#bytes.subarray(0, this.#offset))
  }

  markEnd(): void {
    this.#bytes[this.#offset] = NEWLINE
  }

  /**
   * Where this segment stands after its writer has moved on: the reader `holds` it still, has `returned` it for
   * another use, or has `deleted` it.
   */
  ownership(): 'held' | 'returned' | 'deleted' {
    // In this order, because the reader may turn the one into the other between the two checks.
    if (existsSync(this.#path('mapped'))) return 'held'
    return existsSync(this.#path('free')) ? 'returned' : 'deleted'
  }

  /** Deletes a returned segment that is not worth keeping. If it can't be deleted, it goes with the mailbox. */
  discard(): void {
    unlinkQuietly(this.#path('free'))
    this.close()
  }

  close(): void {
    this.memory.unmap()
  }

  #path(state: 'mapped' | 'free'): string {
    return join(this.#mailbox, segmentFileName(this.sequence, state))
  }
}
