/**
 * The few file operations that exactly-once depends on, behind a narrow interface so that a faulty file system can
 * take its place in tests.
 */
import { constants, fchmodSync, ftruncateSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { closeSync, closingOnError, systemCode, writeAll } from '@pino-funnel/channel'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

/** A file that only grows, but for a cut back to an earlier size. */
export interface AppendFile {
  /** Appends all of `bytes`, or throws the system's error after appending a part of them or none. */
  append(bytes: Buffer): void
  truncate(size: number): void
  /** Never throws: the descriptor is given back also by a close that fails, and must not be closed twice. */
  close(): void
}

export interface FileSystem {
  /** The whole file, `undefined` when there is none. */
  read(path: string): Buffer | undefined
  /** Opens for appending, makes the file when there is none, empties it when `fresh`. */
  openAppend(path: string, fresh: boolean): AppendFile
  /** Atomic, also when `to` exists. */
  rename(from: string, to: string): void
}

/** The real one. Files are made with mode 0600. */
export const nodeFileSystem: FileSystem = {
  read(path) {
    try {
      return readFileSync(path)
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      throw error
    }
  },
  openAppend(path, fresh) {
    // A draft is always a new file: what lies there may be a link to another place.
    if (fresh) rmSync(path, { force: true })
    const descriptor = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | (fresh ? O_EXCL : 0), 0o600)
    // The umask must not keep the next listener from reading it.
    closingOnError(descriptor, () => fchmodSync(descriptor, 0o600))
    return {
      append: (bytes) => writeAll(descriptor, bytes),
      truncate: (size) => ftruncateSync(descriptor, size),
      close: () => closeSync(descriptor),
    }
  },
  rename: renameSync,
}
