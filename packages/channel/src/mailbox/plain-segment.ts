import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { segmentFileName } from './segment-name.ts'
import type { Segment } from './segment.ts'

/** A segment written by write(2), a system call for each line. Works on every file system. */
export class PlainSegment implements Segment {
  readonly form = 'plain'
  readonly sequence: number
  readonly #descriptor: number
  readonly #capacity: number
  #offset = 0
  /** A failed write may have left a part of a line behind, which has to go before the next one. */
  #tornTail = false

  private constructor(descriptor: number, sequence: number, capacity: number) {
    this.#descriptor = descriptor
    this.sequence = sequence
    this.#capacity = capacity
  }

  /** @throws the system's error when the file can't be made */
  static create(mailbox: string, sequence: number, capacity: number): PlainSegment {
    const descriptor = openSync(join(mailbox, segmentFileName(sequence, 'plain')), 'ax', 0o600)
    return new PlainSegment(descriptor, sequence, capacity)
  }

  get offset(): number {
    return this.#offset
  }

  append(line: string): boolean {
    const length = Buffer.byteLength(line)
    if (this.#offset + length > this.#capacity) return false
    if (this.#tornTail) this.#cutTornTail()
    this.#write(line, length)
    this.#offset += length
    return true
  }

  #write(line: string, length: number): void {
    this.#tornTail = true
    const written = writeSync(this.#descriptor, line)
    if (written < length) this.#writeRest(Buffer.from(line), written)
    this.#tornTail = false
  }

  /** A short count comes before an error: the next attempt either stores more or says why not. */
  #writeRest(bytes: Buffer, from: number): void {
    try {
      for (let at = from; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at)
    } catch (error) {
      this.#cutTornTail()
      throw error
    }
  }

  /** The reader never takes a line without its end, so cutting one away takes nothing from it. */
  #cutTornTail(): void {
    ftruncateSync(this.#descriptor, this.#offset)
    this.#tornTail = false
  }

  markEnd(): void {
    try {
      if (this.#tornTail) this.#cutTornTail()
      writeSync(this.#descriptor, '\n')
    } catch {
      // The reader finds the next segment by its name.
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
