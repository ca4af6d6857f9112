/**
 * Segments that are written through memory: how they are filled with zeros, mapped, written, and used again after the
 * reader has drained them. The invariant of the room is in segment.ts.
 */
// The global one is an accessor, which every call would go through.
import { Buffer } from 'node:buffer'
import { closeSync, existsSync, renameSync, rmSync, unlinkSync, writeSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { openPrivateFile } from '../layout/private.ts'
import { mapFile, type MappedBytes } from './memory-map.ts'
import { segmentFileName } from './segment-name.ts'
import type { Segment } from './segment.ts'
import { NEWLINE } from '../util/newline.ts'

/** The end mark always fits, so that the reader never has to search for the next segment. */
const END_MARK_BYTES = 1

const ZEROS = Buffer.alloc(256 * 1024)

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
 * byte once.
 */
const ENCODED = Buffer.alloc(64 * 1024)

/**
 * A segment written through memory: a line costs a copy, and is in the kernel's hands as soon as that is made.
 *
 * The file is filled with zeros by write(2) before it is mapped: a store into a hole of a full disk would be a SIGBUS.
 * It is never truncated. Fresh pages cost more than the copy itself, so drained segments are used again.
 */
export class MappedSegment implements Segment {
  readonly form = 'mapped'
  readonly sequence: number
  readonly #memory: MappedBytes
  readonly #bytes: Buffer
  readonly #capacity: number
  #offset = 0

  private constructor(memory: MappedBytes, sequence: number) {
    this.#memory = memory
    this.#bytes = memory.bytes
    this.#capacity = memory.bytes.length - END_MARK_BYTES
    this.sequence = sequence
  }

  /**
   * Makes the file under the name of a free segment, and gives it its place in the chain as the last step: a reader
   * that has seen the place taken moves on to it, and would miss what is written elsewhere should one of the steps
   * fail.
   *
   * @param size - bytes of the file
   * @throws the system's error when there is no room, or FunnelError `FUNNEL_MAPPING_UNAVAILABLE`
   */
  static create(mailbox: string, sequence: number, size: number): MappedSegment {
    const draft = join(mailbox, segmentFileName(sequence, 'free'))
    const descriptor = openPrivateFile(draft, 'wx+')
    let memory: MappedBytes | undefined
    try {
      fillWithZeros(descriptor, size)
      memory = mapFile(descriptor, size)
      renameSync(draft, join(mailbox, segmentFileName(sequence, 'mapped')))
      return new MappedSegment(memory, sequence)
    } catch (error) {
      memory?.unmap()
      rmSync(draft, { force: true })
      throw error
    } finally {
      closeSync(descriptor)
    }
  }

  get size(): number {
    return this.#bytes.length
  }

  get offset(): number {
    return this.#offset
  }

  append(line: string): boolean {
    const length = Buffer.byteLength(line)
    if (this.#offset + length > this.#capacity) return false
    // As many bytes as characters: nothing but ASCII, so that each byte is stored once.
    if (length === line.length) writeAscii.call(this.#bytes, line, this.#offset, length)
    else this.#copyIn(line, length)
    this.#offset += length
    return true
  }

  appendBlock(lines: string): number {
    return this.append(lines) ? lines.length : 0
  }

  #copyIn(line: string, length: number): void {
    if (length > ENCODED.length) Buffer.from(line).copy(this.#bytes, this.#offset)
    else ENCODED.copy(this.#bytes, this.#offset, 0, ENCODED.write(line))
  }

  markEnd(): void {
    this.#bytes[this.#offset] = NEWLINE
  }

  /**
   * Where this segment stands after its writer has moved on: the reader `holds` it still, has `returned` it for
   * another use, or has `deleted` it.
   */
  ownership(mailbox: string): 'held' | 'returned' | 'deleted' {
    // In this order, because the reader may turn the one into the other between the two checks.
    if (existsSync(join(mailbox, segmentFileName(this.sequence, 'mapped')))) return 'held'
    return existsSync(join(mailbox, segmentFileName(this.sequence, 'free'))) ? 'returned' : 'deleted'
  }

  /** Makes a returned segment an empty one with a new place in the chain. This object must not be used afterwards. */
  recycle(mailbox: string, sequence: number): MappedSegment {
    this.#bytes.fill(0, 0, this.#offset + END_MARK_BYTES)
    renameSync(
      join(mailbox, segmentFileName(this.sequence, 'free')),
      join(mailbox, segmentFileName(sequence, 'mapped')),
    )
    return new MappedSegment(this.#memory, sequence)
  }

  /** Deletes a returned segment that is not worth keeping. If it can't be deleted, it goes with the mailbox. */
  discard(mailbox: string): void {
    rmQuietly(join(mailbox, segmentFileName(this.sequence, 'free')))
    this.close()
  }

  close(): void {
    this.#memory.unmap()
  }
}

function rmQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It goes with the mailbox.
  }
}

function fillWithZeros(descriptor: number, size: number): void {
  for (let at = 0; at < size;) {
    at += writeSync(descriptor, ZEROS, 0, Math.min(ZEROS.length, size - at), at)
  }
}
