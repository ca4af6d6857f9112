/**
 * Things that only this user can enter, read and write, whatever the umask says: one of 0777 would take them away from
 * their owner too, and so from the listener.
 */
import { chmodSync, closeSync, closingOnError, fchmodSync, fstatSync, mkdirSync, openSync } from '../captured/fs.ts'
import { unlinkQuietly, writeAll } from '../util/files.ts'
import { HeldDirectory } from '../util/held-directory.ts'

export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { mode: 0o700 })
  chmodSync(path, 0o700)
}

/** Makes a private directory, and holds it: another user may exchange the names in `parent` at any moment. */
export function makeHeldDirectory(parent: HeldDirectory, name: string): HeldDirectory {
  if (!parent.isHeld) {
    makePrivateDirectory(parent.at(name))
    return HeldDirectory.open(parent.at(name))
  }
  mkdirSync(parent.at(name), { mode: 0o700 })
  const made = HeldDirectory.open(parent.at(name), `${parent.name}/${name}`)
  try {
    const { uid, mode } = made.stats()
    if (uid !== process.geteuid?.()) {
      throw new Error(`${made.name} was exchanged by user ${uid} while it was being made`)
    }
    if ((mode & 0o777) !== 0o700) chmodSync(made.path, 0o700)
    return made
  } catch (error) {
    made.release()
    throw error
  }
}

/**
 * Makes a file, and leaves none behind when it can't be made private: its name may be a place in a chain of segments.
 *
 * @param flags - must be those of a file that is made, such as `wx`
 * @throws the system's error
 */
export function openPrivateFile(path: string, flags: 'wx' | 'wx+'): number {
  const descriptor = openSync(path, flags, 0o600)
  try {
    closingOnError(descriptor, () => makePrivate(descriptor))
    return descriptor
  } catch (error) {
    unlinkQuietly(path)
    throw error
  }
}

/** Node.js's permission model allows no fchmod, so that it is called only where the umask has made a difference. */
export function makePrivate(descriptor: number): void {
  if ((fstatSync(descriptor).mode & 0o777) !== 0o600) fchmodSync(descriptor, 0o600)
}

export function writePrivateFile(path: string, data: string | Uint8Array): void {
  const descriptor = openPrivateFile(path, 'wx')
  try {
    writeAll(descriptor, Buffer.from(data))
  } finally {
    closeSync(descriptor)
  }
}
