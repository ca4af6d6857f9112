/**
 * Opens files of the log directory, where other users may be able to write. A link is not followed, a new file is made
 * exclusively, and a file that was there must be one that no other user has put there (channel: ownership/file-trust.ts):
 * that is checked by its descriptor, before a byte goes in or out.
 */
import { closeSync, closingOnError, refuseUntrustedFile, systemCode } from '@pino-funnel/channel'
import { constants, fchmodSync, fstatSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants
// O_NONBLOCK: a fifo in the file's place must not hang the listener before it is refused.
const SAFELY = O_NOFOLLOW | O_NONBLOCK

/**
 * Opens a file that is there.
 *
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` when it must not be used; the system's error otherwise
 */
export function openTrusted(path: string, flags: number): number {
  const descriptor = openSync(path, flags | SAFELY)
  closingOnError(descriptor, () => refuseUntrustedFile(path, fstatSync(descriptor, { bigint: true })))
  return descriptor
}

/**
 * Makes a file. What this process has made itself is its own.
 *
 * @param mode - whatever the umask
 * @throws the system's error: `EEXIST` when anything has the name
 */
export function makeTrusted(path: string, flags: number, mode: number): number {
  const descriptor = openSync(path, flags | SAFELY | O_CREAT | O_EXCL, mode)
  closingOnError(descriptor, () => fchmodSync(descriptor, mode))
  return descriptor
}

/** @throws as {@link openTrusted} does */
export function openTrustedOrMake(path: string, flags: number, mode: number): number {
  try {
    return openTrusted(path, flags)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
  try {
    const descriptor = makeTrusted(path, flags, mode)
    syncDirectory(dirname(path))
    return descriptor
  } catch (error) {
    // Another process created it between the two calls.
    if (systemCode(error) === 'EEXIST') return openTrusted(path, flags)
    throw error
  }
}

/**
 * A new file's name is on the disk only when its directory is synced. Best effort: not every file system can do that.
 */
function syncDirectory(directory: string): void {
  try {
    const descriptor = openSync(directory, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // The file exists, and the kernel writes its name later.
  }
}
