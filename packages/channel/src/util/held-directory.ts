/**
 * A directory that is held open. Its `path` leads to the directory that was opened, also after a user that may write to
 * the directory above has exchanged the name for another.
 *
 * On Linux, by a descriptor and /proc/self/fd. Elsewhere, and where Node.js's permission model keeps this process from
 * /proc, `path` is the name.
 */
import type { BigIntStats, Stats } from 'node:fs'
import { closeSync, closingOnError, constants, fstatSync, lstatSync, openSync, statSync } from '../captured/fs.ts'

/** linux/fcntl.h: needs no permission for the directory itself, and reads nothing. Node.js has no constant for it. */
const O_PATH = 0o10000000
const FLAGS = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW

const DESCRIPTORS = '/proc/self/fd'
const HELD_PATH = /\/proc\/self\/fd\/(\d+)/g

/** As in `fs.Stats`. */
export type DirectoryOwnership = Pick<Stats, 'uid' | 'gid' | 'mode'>

/** The directories that this thread holds, by name and identity: a second `open` shares the descriptor. */
const held = new Map<string, HeldDirectory>()
/** Their names, by descriptor. */
const names = new Map<number, string>()

export class HeldDirectory {
  /** Absolute, for people, and for other processes. */
  readonly name: string
  /** To reach the directory with, until `release`. */
  readonly path: string
  /** Device and inode. */
  readonly identity: string
  readonly #descriptor: number | undefined
  #users = 1
  #ownership: DirectoryOwnership

  private constructor(name: string, stats: BigIntStats, descriptor: number | undefined) {
    this.name = name
    this.identity = identityOf(stats)
    this.#ownership = ownershipOf(stats)
    this.#descriptor = descriptor
    this.path = descriptor === undefined ? name : `${DESCRIPTORS}/${descriptor}`
  }

  /**
   * @param path - leads to it now; the last part may not be a symbolic link
   * @throws the system's error: `ENOTDIR` when it is not a directory
   */
  static open(path: string, name: string = path): HeldDirectory {
    const descriptor = openDirectory(path)
    const stats = descriptor === undefined ? directoryAt(path) : statsOf(descriptor)
    const key = keyOf(name, identityOf(stats))
    const known = held.get(key)
    if (known) {
      if (descriptor !== undefined) closeSync(descriptor)
      known.#users += 1
      known.#ownership = ownershipOf(stats)
      return known
    }
    const directory = new HeldDirectory(name, stats, descriptor)
    held.set(key, directory)
    if (descriptor !== undefined) names.set(descriptor, name)
    return directory
  }

  /** Whether an exchange of names changes nothing. */
  get isHeld(): boolean {
    return this.#descriptor !== undefined
  }

  /** The path of an entry. `..` gives the directory above, wherever this one was moved. */
  at(entry: string): string {
    return this.path.endsWith('/') ? `${this.path}${entry}` : `${this.path}/${entry}`
  }

  /** As it was when the directory was last opened. */
  get ownership(): DirectoryOwnership {
    return this.#ownership
  }

  stats(): Stats {
    return this.#descriptor === undefined ? lstatSync(this.path) : fstatSync(this.#descriptor)
  }

  /** Whether its name still leads to it. It may have been moved or deleted. A disk that can't say proves nothing. */
  isInPlace(): boolean {
    try {
      return identityOf(statSync(this.name, { bigint: true })) === this.identity
    } catch (error) {
      return !isMissing(error)
    }
  }

  /** To be called once for each `open`. After the last one the descriptor is closed, and `path` leads anywhere. */
  release(): void {
    this.#users -= 1
    if (this.#users > 0) return
    held.delete(keyOf(this.name, this.identity))
    if (this.#descriptor === undefined) return
    names.delete(this.#descriptor)
    closeSync(this.#descriptor)
  }
}

let canHold: boolean | undefined

/** Whether directories can be held in this process. Found out once: each step of a walk asks. */
export function canHoldDirectories(): boolean {
  canHold ??= process.platform === 'linux' && isAllowed() && leadsSomewhere(DESCRIPTORS)
  return canHold
}

/** Puts the names of held directories in the place of their paths, which say nothing to people. */
export function withNames(text: string): string {
  return text.replace(HELD_PATH, (path, descriptor: string) => names.get(Number(descriptor)) ?? path)
}

/** Does so in the message of an error. */
export function nameHeldIn(error: unknown): void {
  if (error instanceof Error) error.message = withNames(error.message)
}

function openDirectory(path: string): number | undefined {
  if (!canHoldDirectories()) return undefined
  return openSync(path, FLAGS)
}

/** Node.js's permission model knows paths, not what they lead to. */
function isAllowed(): boolean {
  const { permission } = process as { permission?: { has(scope: string, path: string): boolean } }
  return permission === undefined || permission.has('fs.write', DESCRIPTORS)
}

function leadsSomewhere(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function directoryAt(path: string): BigIntStats {
  const stats = lstatSync(path, { bigint: true })
  if (stats.isDirectory()) return stats
  throw Object.assign(new Error(`ENOTDIR: not a directory, open '${path}'`), { code: 'ENOTDIR' })
}

function statsOf(descriptor: number): BigIntStats {
  return closingOnError(descriptor, () => fstatSync(descriptor, { bigint: true }))
}

function ownershipOf({ uid, gid, mode }: BigIntStats): DirectoryOwnership {
  return { uid: Number(uid), gid: Number(gid), mode: Number(mode) }
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}

function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function keyOf(name: string, identity: string): string {
  return `${name}\0${identity}`
}
