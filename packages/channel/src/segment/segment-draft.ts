/**
 * A mapped segment on its way into the chain. It is made under a name that no reader takes, and all of it is zeros before
 * it gets its place by rename, as the last step: a reader that has seen the place taken moves on to it, and would miss
 * what is written elsewhere should one of the steps fail.
 *
 * The zeros can come bit by bit, so that no log call has to wait for a whole segment.
 */
import { Buffer } from 'node:buffer'
import { closeSync, fstatSync, renameSync, writeSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { openPrivateFile } from '../layout/private.ts'
import { MappedSegment } from './mapped-segment.ts'
import { mapFile, type MappedBytes } from './memory-map.ts'
import { segmentFileName } from './segment-name.ts'
import { unlinkQuietly } from '../util/files.ts'

/** A new file, until it has a place in the chain. A mailbox has one at a time. */
const DRAFT = 'next'
/** The smallest there is. */
const PAGE_BYTES = 4096
const ZEROS_BYTES = 256 * 1024
/** Made with the first segment: a worker that logs little needs none. */
let zeros: Buffer | undefined

/**
 * The file of a draft, which stays open over many log calls. Code that closes descriptors of others may close it, and
 * its number may stand for a file of the application then. So it is compared before each use.
 */
class DraftFile {
  readonly #descriptor: number
  readonly #identity: string

  constructor(descriptor: number) {
    this.#descriptor = descriptor
    this.#identity = identityOf(descriptor)
  }

  /** @throws the system's error when there is no room, or the file is no longer open */
  fillWithZeros(from: number, to: number): void {
    zeros ??= Buffer.alloc(ZEROS_BYTES)
    for (let at = from; at < to;) {
      if (!this.#isOpen()) throw new Error(`descriptor ${this.#descriptor} is that of another file`)
      at += writeSync(this.#descriptor, zeros, 0, Math.min(ZEROS_BYTES, to - at), at)
    }
  }

  close(): void {
    if (this.#isOpen()) closeSync(this.#descriptor)
  }

  #isOpen(): boolean {
    try {
      return identityOf(this.#descriptor) === this.#identity
    } catch {
      return false
    }
  }
}

export class SegmentDraft {
  readonly #mailbox: string
  readonly #path: string
  readonly #memory: MappedBytes
  /** Bytes that have to become zeros. */
  readonly #used: number
  /** Of a new one. */
  #file: DraftFile | undefined
  #cleared = 0

  private constructor(mailbox: string, path: string, memory: MappedBytes, used: number, file?: DraftFile) {
    this.#mailbox = mailbox
    this.#path = path
    this.#memory = memory
    this.#used = used
    this.#file = file
  }

  /**
   * A new file, which is empty so far.
   *
   * @param size - bytes that it will have
   * @throws the system's error, or FunnelError `FUNNEL_MAPPING_UNAVAILABLE`
   */
  static begin(mailbox: string, size: number): SegmentDraft {
    const path = join(mailbox, DRAFT)
    // A former one that could not be deleted.
    unlinkQuietly(path)
    const descriptor = openPrivateFile(path, 'wx+')
    try {
      const file = new DraftFile(descriptor)
      return new SegmentDraft(mailbox, path, mapFile(descriptor, size), size, file)
    } catch (error) {
      closeSync(descriptor)
      unlinkQuietly(path)
      throw error
    }
  }

  /** A segment that the reader has returned. It must not be used otherwise afterwards. */
  static reuse(mailbox: string, { returnedPath, memory, used }: MappedSegment): SegmentDraft {
    return new SegmentDraft(mailbox, returnedPath, memory, used)
  }

  get size(): number {
    return this.#memory.bytes.length
  }

  /**
   * Fills a share of what is left with zeros.
   *
   * @throws the system's error when there is no room
   */
  clear(share: number): void {
    const from = this.#cleared
    const to = from + Math.ceil((this.#used - from) * share)
    if (this.#file === undefined) this.#memory.bytes.fill(0, from, to)
    else this.#extend(this.#file, from, to)
    this.#cleared = to
  }

  /**
   * By write(2), because a store into a hole of a full disk would fail. The first store into each page takes longer than
   * all later ones together, so it is made here.
   */
  #extend(file: DraftFile, from: number, to: number): void {
    file.fillWithZeros(from, to)
    for (let at = from; at < to; at += PAGE_BYTES) this.#memory.bytes[at] = 0
  }

  /**
   * Clears the rest, and gives it its place in the chain.
   *
   * @returns `undefined` when the file was cut meanwhile; then it is discarded
   * @throws the system's error; then it is discarded, too
   */
  finish(sequence: number): MappedSegment | undefined {
    try {
      this.clear(1)
      if (!this.#memory.isLost()) {
        renameSync(this.#path, join(this.#mailbox, segmentFileName(sequence, 'mapped')))
        this.#closeFile()
        return new MappedSegment(this.#mailbox, sequence, this.#memory)
      }
    } catch (error) {
      this.discard()
      throw error
    }
    this.discard()
    return undefined
  }

  /** If it can't be deleted, it goes with the mailbox. */
  discard(): void {
    unlinkQuietly(this.#path)
    this.close()
  }

  /** The file stays. */
  close(): void {
    this.#closeFile()
    this.#memory.unmap()
  }

  #closeFile(): void {
    this.#file?.close()
    this.#file = undefined
  }
}

/**
 * A new segment at once.
 *
 * @throws the system's error when there is no room, or FunnelError `FUNNEL_MAPPING_UNAVAILABLE`
 */
export function createMappedSegment(mailbox: string, sequence: number, size: number): MappedSegment {
  const segment = SegmentDraft.begin(mailbox, size).finish(sequence)
  if (segment === undefined) throw new Error(`${join(mailbox, DRAFT)} was cut while it was made`)
  return segment
}

function identityOf(descriptor: number): string {
  const { dev, ino } = fstatSync(descriptor, { bigint: true })
  return `${dev}:${ino}`
}
