/**
 * The contents of one file of a log, from an offset on. An offset counts the bytes of the records, whether the file is
 * compressed or not.
 */
import { FunnelError, systemCode, type Compression } from '@pino-funnel/channel'
import { constants, readSync, type Stats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type * as Zlib from 'node:zlib'
import { identityOf, type ListedFile } from './list-files.ts'

/** Links are not followed: another user may have planted one. A pipe in the place of the file does not block. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const CHUNK_BYTES = 256 * 1024
/** Of a plain file. A reader that is behind reads more at a time: it waits for another thread each time. */
const MOST_CHUNK_BYTES = 1024 * 1024
/** A reader that follows finds little: most of what it costs is the memory for what it does not find. */
const LEAST_CHUNK_BYTES = 16 * 1024
/** Bytes of the buffer that each chunk reuses: few enough to stay in the processor's cache until it is searched. */
const LENT_BYTES = 256 * 1024
/** Lines end alike. These many bytes have a time and more. */
const COMPARED_BYTES = 512

export interface Contents {
  /** See `ListedFile`. The file is held open, so no other file gets its inode meanwhile. */
  readonly identity: string
  /** Of the file that is held open. */
  readonly stats: Stats
  readonly compression: Compression | undefined
  /** Bytes that were read or left out. */
  readonly offset: number
  /** The next bytes; `undefined` at the end. A plain file may have grown by the next call. */
  next(): Promise<Buffer | undefined>
  /** The next bytes, this many; fewer at the end. */
  take(length: number): Promise<Buffer>
  close(): Promise<void>
}

/** @throws the system's error, `ENOENT` when the file has another name by now */
export async function openContents(path: string, compression: Compression | undefined, from = 0): Promise<Contents> {
  const handle = await open(path, READ_FLAGS)
  try {
    const stats = await handle.stat()
    if (compression === undefined) return new PlainContents(handle, stats, from)
    const contents = new CompressedContents(handle, stats, compression)
    await contents.skip(from)
    return contents
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** `undefined` when the name leads to another file by now, or to none: it was rotated, compressed or deleted meanwhile. */
export async function openListed(file: ListedFile): Promise<Contents | undefined> {
  try {
    const contents = await openContents(file.path, file.compression)
    if (isListed(contents, file)) return contents
    await contents.close()
    return undefined
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** The list may be old, and the inode used again. Some file systems give a live file another birth at each change. */
function isListed({ identity, stats: { birthtimeMs, ctimeMs } }: Contents, file: ListedFile): boolean {
  const changesBirth = file.number === undefined && birthtimeMs === ctimeMs
  return identity === file.identity && (changesBirth || birthtimeMs === file.born)
}

/** Another program has cut the file, or written it again. */
export class CutError extends Error {
  override readonly name: string = 'CutError'
}

/** A plain file. Each read also reads the end of what was read before: that shows whether the file is still the same. */
export class PlainContents implements Contents {
  readonly compression = undefined
  readonly identity: string
  readonly stats: Stats
  readonly #handle: FileHandle
  #offset: number
  /** The bytes before the offset. */
  #end: Buffer = Buffer.alloc(0)
  #lent: Buffer | undefined
  #chunkBytes = CHUNK_BYTES

  constructor(handle: FileHandle, stats: Stats, from: number) {
    this.#handle = handle
    this.identity = identityOf(stats)
    this.stats = stats
    this.#offset = from
  }

  get offset(): number {
    return this.#offset
  }

  /**
   * For a search: from now on, what {@link next} gives is overwritten by the next call, since new memory costs more than
   * reading does. For the same reason no other thread reads.
   */
  lend(): void {
    this.#lent = Buffer.allocUnsafeSlow(COMPARED_BYTES + LENT_BYTES)
  }

  /** @throws CutError also when the file has grown beyond the offset again */
  async next(): Promise<Buffer | undefined> {
    const bytes = await (this.#lent ? this.#takeLent(this.#lent) : this.take(this.#chunkBytes))
    if (bytes.length === 0) this.#chunkBytes = Math.max(this.#chunkBytes / 2, LEAST_CHUNK_BYTES)
    else if (bytes.length === this.#chunkBytes) this.#chunkBytes = Math.min(this.#chunkBytes * 4, MOST_CHUNK_BYTES)
    return bytes.length === 0 ? undefined : bytes
  }

  async take(length: number): Promise<Buffer> {
    const known = this.#end.length
    return this.#taken(await this.at(this.#offset - known, known + length))
  }

  async #takeLent(target: Buffer): Promise<Buffer> {
    const known = this.#end.length
    const count = readSync(this.#handle.fd, target, 0, known + LENT_BYTES, this.#offset - known)
    // Nothing else would be done until the end of the log.
    await nextTurn()
    return this.#taken(target.subarray(0, count))
  }

  #taken(bytes: Buffer): Buffer {
    const known = this.#end.length
    if (!bytes.subarray(0, known).equals(this.#end)) throw new CutError()
    const taken = bytes.subarray(known)
    if (taken.length > 0) this.seek(this.#offset + taken.length, Buffer.from(bytes.subarray(-COMPARED_BYTES)))
    return taken
  }

  /** The bytes at an offset, fewer at the end of the file. */
  async at(offset: number, length: number): Promise<Buffer> {
    const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, offset)
    return buffer.subarray(0, bytesRead)
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  /** @param end - what the file has before the offset now */
  seek(offset: number, end: Buffer): void {
    this.#offset = offset
    this.#end = end
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

export class CompressedContents implements Contents {
  readonly compression: Compression
  readonly identity: string
  readonly stats: Stats
  readonly #handle: FileHandle
  #stream: Readable
  #chunks: AsyncIterator<Buffer>
  /** What was read too much. */
  #rest: Buffer | undefined
  #offset = 0

  constructor(handle: FileHandle, stats: Stats, compression: Compression) {
    this.#handle = handle
    this.identity = identityOf(stats)
    this.stats = stats
    this.compression = compression
    this.#stream = inflate(handle, compression)
    this.#chunks = chunksOf(this.#stream)
  }

  get offset(): number {
    return this.#offset
  }

  async next(): Promise<Buffer | undefined> {
    const bytes = await this.#take()
    this.#offset += bytes?.length ?? 0
    return bytes
  }

  async #take(): Promise<Buffer | undefined> {
    const rest = this.#rest
    this.#rest = undefined
    if (rest) return rest
    const result = await this.#chunks.next()
    return result.done === true ? undefined : result.value
  }

  async take(length: number): Promise<Buffer> {
    const taken: Buffer[] = []
    for (let missing = length; missing > 0;) {
      const bytes = await this.next()
      if (!bytes) break
      taken.push(bytes.subarray(0, missing))
      if (bytes.length > missing) this.#giveBack(bytes.subarray(missing))
      missing -= Math.min(missing, bytes.length)
    }
    return Buffer.concat(taken)
  }

  /** Leaves out the bytes before an offset. */
  async skip(to: number): Promise<void> {
    while (this.#offset < to) {
      const bytes = await this.next()
      if (!bytes) return
      if (this.#offset > to) this.#giveBack(bytes.subarray(bytes.length - (this.#offset - to)))
    }
  }

  /** Goes to an offset, which may be further back. */
  async seek(to: number): Promise<void> {
    this.#stream.destroy()
    this.#stream = inflate(this.#handle, this.compression)
    this.#chunks = chunksOf(this.#stream)
    this.#rest = undefined
    this.#offset = 0
    await this.skip(to)
  }

  #giveBack(bytes: Buffer): void {
    this.#rest = bytes
    this.#offset -= bytes.length
  }

  async close(): Promise<void> {
    this.#stream.destroy()
    await this.#handle.close()
  }
}

function inflate(handle: FileHandle, compression: Compression): Readable {
  const file = handle.createReadStream({ autoClose: false, start: 0, highWaterMark: CHUNK_BYTES })
  // Its error reaches the iterator.
  return pipeline(file, decompressor(compression), () => {})
}

function chunksOf(stream: Readable): AsyncIterator<Buffer> {
  return stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
}

function decompressor(compression: Compression): Zlib.Gunzip {
  // A reader that finds no compressed file need not load it.
  const zlib: typeof Zlib = process.getBuiltinModule('node:zlib')
  const options = { chunkSize: CHUNK_BYTES }
  if (compression === 'gzip') return zlib.createGunzip(options)
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: object) => Zlib.Gunzip }
  if (createZstdDecompress) return createZstdDecompress(options)
  throw new FunnelError(
    'FUNNEL_FORMAT_UNAVAILABLE',
    `Node.js ${process.version} can't read files compressed with zstd. Use Node.js 22.15 or newer.`,
  )
}

/** What gzip says of the size of what it has compressed, modulo 4 GiB; `undefined` for a file that is gone or too short. */
export async function sizeInTrailer({ path, size }: ListedFile): Promise<number | undefined> {
  if (size < 4) return undefined
  try {
    const handle = await open(path, READ_FLAGS)
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, size - 4)
      return bytesRead === 4 ? buffer.readUInt32LE() : undefined
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** Whether a compressed file can't be decompressed. */
export function isDamaged(error: unknown): boolean {
  return /^(?:Z_|ZSTD_)/.test(systemCode(error) ?? '')
}

/** Whether the file has another name by now, or was deleted. */
export function isGone(error: unknown): boolean {
  const code = systemCode(error)
  // A link has taken its name: it is not a file of the log.
  return code === 'ENOENT' || code === 'ELOOP'
}
