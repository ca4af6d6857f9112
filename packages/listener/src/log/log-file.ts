/**
 * The log file. Only this module holds its handle.
 *
 * What always holds in this room: writes are synchronous, so that no write of a dead listener is under way. A sync that
 * has failed is never repeated without writing the same bytes again.
 */
import { closeSync, closingOnError, NEWLINE, writeAll } from '@pino-funnel/channel'
import {
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  lstatSync,
  readSync,
  statSync,
  type BigIntStats,
} from 'node:fs'
import { openTrusted, openTrustedOrMake } from './open-trusted.ts'

const { O_APPEND, O_RDONLY, O_RDWR, O_WRONLY } = constants

export class LogFile {
  readonly path: string
  /** See `identityOf`. */
  readonly identity: string
  readonly #stats: BigIntStats
  readonly #descriptor: number
  #failure: Error | undefined

  private constructor(path: string, descriptor: number) {
    this.path = path
    this.#descriptor = descriptor
    this.#stats = closingOnError(descriptor, () => fstatSync(descriptor, { bigint: true }))
    this.identity = identityOf(this.#stats)
  }

  /**
   * Opens a log file for appending. A file that does not exist is created with `mode`, whatever the umask.
   *
   * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` when it is not a regular file, or another user may have put it there;
   * the system's error otherwise
   */
  static open(path: string, mode: number): LogFile {
    return new LogFile(path, openTrustedOrMake(path, O_WRONLY | O_APPEND, mode))
  }

  /**
   * Opens a log file that is there for appending.
   *
   * @throws as `open` does; `ENOENT` when it is not there any more
   */
  static openExisting(path: string): LogFile {
    return new LogFile(path, openTrusted(path, O_WRONLY | O_APPEND))
  }

  get openIdentity(): OpenIdentity {
    return this.#stats
  }

  size(): number {
    return fstatSync(this.#descriptor).size
  }

  /** Time of the last append, ms since the epoch. */
  modified(): number {
    return fstatSync(this.#descriptor).mtimeMs
  }

  /** Whether the name still belongs to this file. It may have been moved or deleted. */
  isInPlace(): boolean {
    const stats = lstatSync(this.path, { throwIfNoEntry: false, bigint: true })
    return stats !== undefined && isSameFile(stats, this.#stats)
  }

  /** Whether the file has lost its last name, so that appended lines are lost. */
  isDeleted(): boolean {
    return fstatSync(this.#descriptor).nlink === 0
  }

  /**
   * Appends all of `bytes`.
   *
   * @throws the system's error when only a part was appended, or nothing. Each later call throws it, too: what it would
   * append could become the rest of a torn line. The file has to be opened again, and its intent be resolved
   */
  append(bytes: Buffer): void {
    if (this.#failure) throw this.#failure
    try {
      writeAll(this.#descriptor, bytes)
    } catch (error) {
      this.#failure = error as Error
      throw error
    }
  }

  /**
   * Waits until all appended bytes are on the disk.
   *
   * @throws the system's error; then it is unknown which bytes are, and a second call would prove nothing: see
   * `rewrite`
   */
  sync(): void {
    fdatasyncSync(this.#descriptor)
  }

  /**
   * Writes and syncs the end of the file again, after a failed sync. The kernel marks pages that it could not write as
   * clean, so that another sync would succeed without writing them. Writing the same bytes again makes the pages dirty.
   *
   * @param from - the end of the bytes that are surely on the disk
   * @throws the system's error, or when another file has taken its name
   */
  rewrite(from: number): void {
    const descriptor = openTrusted(this.path, O_RDWR)
    try {
      if (!this.#isBehind(descriptor)) throw new Error(`${this.path} was replaced`)
      const bytes = Buffer.allocUnsafe(REWRITE_BYTES)
      for (let at = from; ;) {
        const count = readSync(descriptor, bytes, 0, bytes.length, at)
        if (count === 0) break
        writeAll(descriptor, bytes.subarray(0, count), at)
        at += count
      }
      fdatasyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  }

  /**
   * Cuts the last line if it has no end. To be called only after a reboot: a power loss may have lost the end of the
   * line, or left zeros in its place, and no process can have had the file open since. The time of the last change stays:
   * it is that of the last record.
   *
   * @returns bytes cut
   */
  cutTornTail(): number {
    const { size, atime, mtime } = fstatSync(this.#descriptor)
    const end = this.#endOfLastLine(size)
    if (end === size) return 0
    ftruncateSync(this.#descriptor, end)
    futimesSync(this.#descriptor, atime, mtime)
    return size - end
  }

  /** @throws when another file has taken its name: what is read must be what is cut */
  #endOfLastLine(size: number): number {
    const descriptor = openTrusted(this.path, O_RDONLY)
    try {
      if (!this.#isBehind(descriptor)) throw new Error(`${this.path} was replaced`)
      return endOfLastLine(descriptor, size)
    } finally {
      closeSync(descriptor)
    }
  }

  #isBehind(descriptor: number): boolean {
    return isSameFile(fstatSync(descriptor, { bigint: true }), this.#stats)
  }

  /**
   * Gives the descriptor back at once. An error is not reported: on a local disk each write and sync has reported its own.
   * On NFS close(2) may be the first to say that the server has no room; the option `sync` asks the server before.
   * To be called once: a second call could close a file that was opened since.
   */
  close(): void {
    closeSync(this.#descriptor)
  }
}

const REWRITE_BYTES = 1024 * 1024
const SEARCH_BYTES = 64 * 1024

function endOfLastLine(descriptor: number, size: number): number {
  const window = Buffer.allocUnsafe(SEARCH_BYTES)
  for (let end = size; end > 0; end -= Math.min(SEARCH_BYTES, end)) {
    const from = Math.max(0, end - SEARCH_BYTES)
    const count = readSync(descriptor, window, 0, end - from, from)
    const newline = window.lastIndexOf(NEWLINE, count - 1)
    if (newline !== -1 && newline < count) return from + newline + 1
  }
  return 0
}

/**
 * Identifies a file in its directory, whatever its name, for as long as the file exists: `<inode>:<birth time>`, in ms with
 * a fraction. Without the device number: an overlay or a btrfs has another one after each mount. The birth time is 0 where
 * none is known.
 *
 * @param stats - with bigints: NFS, FUSE and overlays have inodes beyond 2^53, where a number stands for many of them
 */
export function identityOf({ ino, birthtimeNs }: Pick<BigIntStats, 'ino' | 'birthtimeNs'>): string {
  return `${ino}:${knowsBirthTimes ? millisecondsOf(birthtimeNs) : 0}`
}

/** As Node.js has it in `birthtimeMs`. */
function millisecondsOf(nanoseconds: bigint): number {
  return Number(nanoseconds / SECOND_NS) * 1000 + Number(nanoseconds % SECOND_NS) / 1e6
}

const SECOND_NS = 1_000_000_000n

/**
 * Without statx(2), in an old kernel or kept away by seccomp, libuv gives the time of the last change instead, which
 * each append moves. For Node.js's own program the two are never the same otherwise: writing it took a while.
 */
const knowsBirthTimes = ((): boolean => {
  try {
    const { birthtimeNs, ctimeNs } = statSync('/proc/self/exe', { bigint: true })
    return birthtimeNs !== ctimeNs
  } catch {
    // Not Linux, mostly.
    return true
  }
})()

/** What distinguishes a file from all others while it is open, or was just closed. */
export interface OpenIdentity {
  readonly dev: bigint
  readonly ino: bigint
}

export function isSameFile(one: OpenIdentity, other: OpenIdentity): boolean {
  return one.dev === other.dev && one.ino === other.ino
}
