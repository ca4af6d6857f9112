/**
 * A directory that is held open. Its `path` leads to the directory that was opened, also after a user that may write to
 * the directory above has exchanged the name for another.
 *
 * On Linux, by a descriptor and /proc/self/fd. Elsewhere, and where Node.js's permission model keeps this process from
 * /proc, `path` is the name.
 */
import type { BigIntStats, Stats } from 'node:fs'
import { closeSync, constants, fstatSync, lstatSync, openSync, statSync } from '../captured/fs.ts'
import { closingOnError } from './files.ts'

/** linux/fcntl.h: needs no permission for the directory itself, and reads nothing. Node.js has no constant for it. */
const O_PATH = 0o10000000
const FLAGS = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW

const DESCRIPTORS = '/proc/self/fd'
const HELD_PATH = /\/proc\/self\/fd\/(\d+)/g

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

  private constructor(name: string, identity: string, descriptor: number | undefined) {
    this.name = name
    this.identity = identity
    this.#descriptor = descriptor
    this.path = descriptor === undefined ? name : `${DESCRIPTORS}/${descriptor}`
  }

  /**
   * @param path - leads to it now; the last part may not be a symbolic link
   * @throws the system's error: `ENOTDIR` when it is not a directory
   */
  static open(path: string, name: string = path): HeldDirectory {
    const descriptor = openDirectory(path)
    const identity = descriptor === undefined ? identityAt(path) : identityBehind(descriptor)
    const known = held.get(keyOf(name, identity))
    if (known) {
      if (descriptor !== undefined) closeSync(descriptor)
      known.#users += 1
      return known
    }
    const directory = new HeldDirectory(name, identity, descriptor)
    held.set(keyOf(name, identity), directory)
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

/** Whether directories can be held in this process. */
export function canHoldDirectories(): boolean {
  return process.platform === 'linux' && isAllowed() && leadsSomewhere(DESCRIPTORS)
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

function identityAt(path: string): string {
  const stats = lstatSync(path, { bigint: true })
  if (stats.isDirectory()) return identityOf(stats)
  throw Object.assign(new Error(`ENOTDIR: not a directory, open '${path}'`), { code: 'ENOTDIR' })
}

function identityBehind(descriptor: number): string {
  return closingOnError(descriptor, () => identityOf(fstatSync(descriptor, { bigint: true })))
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
