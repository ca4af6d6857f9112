/**
 * Files that others may delete or replace at any moment: a symbolic link leads nowhere, and a FIFO blocks no reader.
 */
import {
  closeSync,
  constants,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  unlinkSync,
  writeSync,
} from '../captured/fs.ts'
import { systemCode } from './errors.ts'

const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** @throws the system's error: `ELOOP` when `path` is a symbolic link */
export function openToRead(path: string): number {
  return openSync(path, READ_FLAGS)
}

export function openIfThere(path: string): number | undefined {
  try {
    return openToRead(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * @param most - bytes that are read: another program may have made a file of gigabytes of it
 * @throws the system's error, as {@link openToRead} does
 */
export function readText(path: string, most: number): string {
  const descriptor = openToRead(path)
  try {
    const bytes = Buffer.alloc(most)
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, most, null))
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Writes all of `bytes`. A disk that fills up takes a part of them without an error; the next write says why.
 *
 * @param position - in the file; by default where the descriptor stands
 * @throws the system's error; a part may have been written
 */
export function writeAll(descriptor: number, bytes: Uint8Array, position?: number): void {
  for (let at = 0; at < bytes.length;) {
    at += writeSync(descriptor, bytes, at, bytes.length - at, position === undefined ? undefined : position + at)
  }
}

/** Throws when the system can't say: a reader that took a segment for missing would give up its lines. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Never throws: a disk that can't say proves nothing, so that only what is surely gone is not there. */
export function seemsThere(path: string): boolean {
  try {
    return isThere(path)
  } catch {
    return true
  }
}

/** What is in a directory; nothing when it is not there. @throws the system's error */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

/** What is in a directory; nothing when this user can't list it. */
export function namesIfReadable(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** Gives a file another name, unless that is taken: of several that try at once, one succeeds. @returns whether it has */
export function linkOnce(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

export function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}

/** Deletes a file, if that is possible: what stays does no harm, or goes with its directory. */
export function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is not there, or goes with its directory.
  }
}

/** O_CLOEXEC of Linux, as /proc/<pid>/fdinfo shows it. Node.js opens all of its own descriptors with it. */
const CLOSE_ON_EXEC = 0o2_000_000

/** Whether a descriptor of this process lacks close-on-exec, so that children get it. `false` where that is not known. */
export function isInheritable(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+(?<octal>\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))
    return flags !== null && (Number.parseInt(flags.groups?.['octal'] ?? '', 8) & CLOSE_ON_EXEC) === 0
  } catch {
    return false
  }
}
