/**
 * The log file: the only module that holds its handle, which is a sonic-boom.
 *
 * Writes are synchronous, so that a listener that is dead has none under way.
 */
import { FunnelError, systemCode } from '@pino-funnel/channel'
import {
  closeSync,
  constants,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { SonicBoom } from 'sonic-boom'
import { NEWLINE } from '../lines/each-line.ts'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants
// O_NONBLOCK: a fifo planted in the file's place must not hang the listener before it can be refused.
const OPEN_FLAGS = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK

export class LogFile {
  readonly path: string
  /** Device and inode. */
  readonly identity: string
  readonly #boom: SonicBoom
  readonly #descriptor: number
  #failure: Error | undefined

  private constructor(path: string, descriptor: number) {
    this.path = path
    this.#descriptor = descriptor
    this.identity = identityOf(fstatSync(descriptor))
    this.#boom = new SonicBoom({ fd: descriptor, sync: true, contentMode: 'buffer', retryEAGAIN: () => false })
    this.#boom.on('error', (error: Error) => (this.#failure = error))
  }

  /**
   * Opens a log file for appending, and makes it with `mode`, whatever the umask, when there is none.
   *
   * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` when it is no regular file; the system's error otherwise
   */
  static open(path: string, mode: number): LogFile {
    const descriptor = openOrMake(path, mode)
    if (!fstatSync(descriptor).isFile()) {
      closeSync(descriptor)
      throw new FunnelError('FUNNEL_LOG_FILE_UNUSABLE', `The log file ${path} is not a regular file.`)
    }
    return new LogFile(path, descriptor)
  }

  size(): number {
    return fstatSync(this.#descriptor).size
  }

  /** When it was appended to last, ms since the epoch. */
  modified(): number {
    return fstatSync(this.#descriptor).mtimeMs
  }

  /** Whether the file's name still leads to it: it may have been moved or deleted. */
  isInPlace(): boolean {
    const stats = statSync(this.path, { throwIfNoEntry: false })
    return stats !== undefined && identityOf(stats) === this.identity
  }

  /** Whether the file has no name any more: what is appended to it goes nowhere. */
  isDeleted(): boolean {
    return fstatSync(this.#descriptor).nlink === 0
  }

  /**
   * Appends all of `bytes`.
   *
   * @throws the system's error after a part of them or none; this object must be closed then
   */
  append(bytes: Buffer): void {
    this.#boom.write(bytes as unknown as string)
    if (this.#failure) throw this.#failure
  }

  /**
   * Waits until everything is on the disk.
   *
   * @throws the system's error; then nothing is known of what is, and a second call would only pretend: see `rewrite`
   */
  sync(): void {
    fdatasyncSync(this.#descriptor)
  }

  /**
   * After a failed sync: the kernel takes pages it could not write for clean, so that syncing again would succeed
   * without writing them. Writing the same bytes to the same place again makes them dirty once more.
   *
   * @param from - the end of what is known to be on the disk
   */
  rewrite(from: number): void {
    const descriptor = openSync(this.path, constants.O_RDWR | O_NOFOLLOW)
    try {
      if (identityOf(fstatSync(descriptor)) !== this.identity) return
      const bytes = Buffer.allocUnsafe(REWRITE_BYTES)
      for (let at = from; ;) {
        const count = readSync(descriptor, bytes, 0, bytes.length, at)
        if (count === 0) break
        for (let done = 0; done < count;) done += writeSync(descriptor, bytes, done, count - done, at + done)
        at += count
      }
      fdatasyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  }

  /**
   * After a reboot: a power loss may have taken the end of the last line, or left zeros in its place. Nobody can have
   * the file open from before, so this once it may be cut.
   *
   * @returns bytes cut
   */
  cutTornTail(): number {
    const size = this.size()
    const end = endOfLastLine(this.path, size)
    if (end < size) ftruncateSync(this.#descriptor, end)
    return size - end
  }

  close(): void {
    this.#boom.destroy()
  }
}

const REWRITE_BYTES = 1024 * 1024
const SEARCH_BYTES = 64 * 1024

function endOfLastLine(path: string, size: number): number {
  const descriptor = openSync(path, 'r')
  try {
    const window = Buffer.allocUnsafe(SEARCH_BYTES)
    for (let end = size; end > 0; end -= Math.min(SEARCH_BYTES, end)) {
      const from = Math.max(0, end - SEARCH_BYTES)
      const count = readSync(descriptor, window, 0, end - from, from)
      const newline = window.lastIndexOf(NEWLINE, count - 1)
      if (newline !== -1 && newline < count) return from + newline + 1
    }
    return 0
  } finally {
    closeSync(descriptor)
  }
}

function openOrMake(path: string, mode: number): number {
  try {
    return openSync(path, OPEN_FLAGS)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
  try {
    const descriptor = openSync(path, OPEN_FLAGS | O_CREAT | O_EXCL, mode)
    fchmodSync(descriptor, mode)
    syncDirectory(dirname(path))
    return descriptor
  } catch (error) {
    // Somebody made it between the two calls.
    if (systemCode(error) === 'EEXIST') return openSync(path, OPEN_FLAGS)
    throw error
  }
}

/** A new file's name is on the disk only when its directory is. Best effort: not every file system can. */
function syncDirectory(directory: string): void {
  try {
    const descriptor = openSync(directory, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // The file is there, and will be on the disk some time.
  }
}

/** Device and inode: what a file is, whatever its name. */
export function identityOf(stats: { dev: number; ino: number }): string {
  return `${stats.dev}:${stats.ino}`
}
