/**
 * Segments that are written by write(2): the first one of each mailbox, and all of them where memory can't be mapped.
 * The invariant of the room is in segment.ts.
 */
import { closeSync, fstatSync, readSync, renameSync, writeSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { openPrivateFile } from '../layout/private.ts'
import { segmentFileName } from './segment-name.ts'
import type { Segment } from './segment.ts'
import { unlinkQuietly, writeAll } from '../util/files.ts'
import { NEWLINE } from '../util/newline.ts'

/**
 * A segment written by write(2), a system call for each line. Works on every file system.
 *
 * A write that fails half-way leaves the beginning of a line behind. That is never cut away to write something else in
 * its place: a reader in the middle of a copy would join the one to the other. The segment takes no more lines then,
 * and the torn one has no end, so that it is never read.
 *
 * Not opened to append: when another program cuts the file, the next line is stored where it would have been, behind a
 * hole of NULs that the reader passes over. One that is read to its end loses nothing by the cut.
 */
export class PlainSegment implements Segment {
  readonly form = 'plain'
  readonly sequence: number
  readonly #descriptor: number
  readonly #capacity: number
  #offset: number
  #torn = false

  private constructor(descriptor: number, sequence: number, capacity: number, offset = 0) {
    this.#descriptor = descriptor
    this.sequence = sequence
    this.#capacity = capacity
    this.#offset = offset
  }

  /** @throws the system's error when the file can't be made */
  static create(this: void, mailbox: string, sequence: number, capacity: number): PlainSegment {
    const descriptor = openPrivateFile(join(mailbox, segmentFileName(sequence, 'plain')), 'wx+')
    return new PlainSegment(descriptor, sequence, capacity)
  }

  /**
   * A segment that takes no lines, only the end mark, in the place of one that was deleted.
   *
   * @param lines - that it has
   * @param draft - name of the file until it is whole
   * @throws the system's error
   */
  static replace(mailbox: string, sequence: number, lines: Buffer, draft: string): PlainSegment {
    const path = join(mailbox, draft)
    unlinkQuietly(path)
    const descriptor = openPrivateFile(path, 'wx+')
    try {
      writeAll(descriptor, lines)
      renameSync(path, join(mailbox, segmentFileName(sequence, 'plain')))
    } catch (error) {
      closeSync(descriptor)
      unlinkQuietly(path)
      throw error
    }
    return new PlainSegment(descriptor, sequence, 0, lines.length)
  }

  get offset(): number {
    return this.#offset
  }

  append(line: string): boolean {
    const length = Buffer.byteLength(line)
    if (this.#torn || this.#offset + length > this.#capacity) return false
    try {
      this.#write(line, length)
    } catch (error) {
      this.#torn = !this.#endsAt(this.#offset)
      throw error
    }
    this.#offset += length
    return true
  }

  appendBlock(lines: string): number {
    const length = Buffer.byteLength(lines)
    if (this.#torn || this.#offset + length > this.#capacity) return 0
    const written = this.#writeSome(lines)
    if (written < length) return this.#keepWhole(Buffer.from(lines).subarray(0, written))
    this.#offset += length
    return lines.length
  }

  /** @returns characters of the whole lines among what was written */
  #keepWhole(written: Buffer): number {
    const whole = written.lastIndexOf(NEWLINE) + 1
    this.#torn ||= whole < written.length
    this.#offset += whole
    return written.toString('utf8', 0, whole).length
  }

  /** @returns bytes that were written; fewer than all when the system took only a part. The next attempt says why */
  #writeSome(lines: string): number {
    try {
      return writeSync(this.#descriptor, lines)
    } catch {
      this.#torn = !this.#endsAt(this.#offset)
      return 0
    }
  }

  /** A short count comes before an error: the next attempt either stores more or says why not. */
  #write(line: string, length: number): void {
    const written = writeSync(this.#descriptor, line)
    if (written === length) return
    const bytes = Buffer.from(line)
    for (let at = written; at < length;) at += writeSync(this.#descriptor, bytes, at)
  }

  #endsAt(offset: number): boolean {
    try {
      return fstatSync(this.#descriptor).size === offset
    } catch {
      return false
    }
  }

  markEnd(): void {
    if (this.#torn) return
    try {
      writeSync(this.#descriptor, '\n')
    } catch {
      // The reader finds the next segment by its name.
    }
  }

  stored(): Buffer {
    const bytes = Buffer.alloc(this.#offset)
    return bytes.subarray(0, readSync(this.#descriptor, bytes, 0, bytes.length, 0))
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
