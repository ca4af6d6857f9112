/**
 * The way to a directory, one part of the path after the other. Each directory on it is held while the next part is
 * looked up, so that no other user can lead the walk elsewhere.
 *
 * The walk follows a link in a directory that others may write to only if the link belongs to this user or to root: another
 * user could lead root's log to any file of the system (CVE-2016-1247 and similar ones).
 */
import type { BigIntStats } from 'node:fs'
import { lstatSync, mkdirSync, readlinkSync } from '../captured/fs.ts'
import { dirname, isAbsolute, join, parse, sep } from 'node:path'
import { FunnelError, systemCode } from '../util/errors.ts'
import { HeldDirectory, nameHeldIn } from '../util/held-directory.ts'
import { isExchangeableByStrangers, isOwnOrRoots, isShared } from './owners.ts'

/** As Linux has it: path_resolution(7). */
export const MOST_LINKS = 40
/** PATH_MAX. */
const LONGEST_PATH_BYTES = 4096
/** Of directories that are made, whatever the umask leaves open. */
export const DIRECTORY_MODE = 0o755

export interface WalkedPath {
  /** Belongs to the caller. Its name has no symbolic links. */
  readonly directory: HeldDirectory
  /** The first directory on the way in which strangers may exchange the next part; `undefined` when there is none. */
  readonly exchangeable: string | undefined
}

/**
 * Walks to a directory.
 *
 * @param path - absolute
 * @param mkdir - whether directories that are missing are made
 * @throws FunnelError `FUNNEL_LOG_DIRECTORY_SHARED` at a link that may not be followed; else the system's error
 */
export function walkTo(path: string, mkdir: boolean): WalkedPath {
  const walk = new PathWalk(path)
  try {
    while (walk.step(mkdir));
    return walk.end()
  } catch (error) {
    nameHeldIn(error)
    walk.abandon()
    throw error
  }
}

/**
 * The target of a link to a file, absolute; `undefined` when `name` is not a link.
 *
 * @throws as {@link walkTo}
 */
export function targetOfLink(directory: HeldDirectory, name: string): string | undefined {
  const entry = lstatSync(directory.at(name), { throwIfNoEntry: false, bigint: true })
  if (!entry?.isSymbolicLink()) return undefined
  const target = readLink(directory, name, entry)
  return isAbsolute(target) ? target : `${directory.name}${sep}${target}`
}

class PathWalk {
  #here: HeldDirectory
  readonly #parts: string[]
  readonly #path: string
  #links = 0
  #exchangeable: string | undefined

  constructor(path: string) {
    if (Buffer.byteLength(path) >= LONGEST_PATH_BYTES) throw systemError('ENAMETOOLONG', 'name too long', path)
    this.#path = path
    this.#here = HeldDirectory.open(parse(path).root)
    this.#parts = partsOf(path)
  }

  end(): WalkedPath {
    return { directory: this.#here, exchangeable: this.#exchangeable }
  }

  abandon(): void {
    this.#here.release()
  }

  /** @returns whether there is more to do */
  step(mkdir: boolean): boolean {
    const part = this.#parts.shift()
    if (part === undefined) return false
    const directory = this.#openDirectory(part)
    const entry = directory ? undefined : this.#lookUp(part, mkdir)
    if (entry?.isSymbolicLink() === true) this.#follow(part, entry)
    else this.#enter(part, directory ?? this.#open(part))
    return true
  }

  /** Most parts are directories. `undefined` for any other, and when it can't be opened: that shows again. */
  #openDirectory(part: string): HeldDirectory | undefined {
    try {
      return this.#open(part)
    } catch {
      return undefined
    }
  }

  /** @throws the system's error, also when it is a symbolic link */
  #open(part: string): HeldDirectory {
    const { name } = this.#here
    return HeldDirectory.open(this.#here.at(part), part === '..' ? dirname(name) : join(name, part))
  }

  #lookUp(part: string, mkdir: boolean): BigIntStats {
    const path = this.#here.at(part)
    const entry = lstatSync(path, { throwIfNoEntry: false, bigint: true })
    if (entry) return entry
    if (!mkdir) throw systemError('ENOENT', 'no such file or directory', path)
    try {
      mkdirSync(path, DIRECTORY_MODE)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
    }
    return lstatSync(path, { bigint: true })
  }

  #follow(part: string, link: BigIntStats): void {
    this.#links += 1
    if (this.#links > MOST_LINKS) throw systemError('ELOOP', 'too many symbolic links', this.#path)
    const target = readLink(this.#here, part, link)
    this.#parts.unshift(...partsOf(target))
    const { root } = parse(target)
    if (root !== '') this.#move(HeldDirectory.open(root))
  }

  #enter(part: string, next: HeldDirectory): void {
    const canBeExchanged = part !== '..' && isExchangeableByStrangers(this.#here.ownership, next.ownership)
    if (canBeExchanged) this.#exchangeable ??= this.#here.name
    this.#move(next)
  }

  #move(next: HeldDirectory): void {
    this.#here.release()
    this.#here = next
  }
}

function readLink(directory: HeldDirectory, name: string, link: BigIntStats): string {
  const path = directory.at(name)
  const target = readlinkSync(path)
  if (!isShared(directory.stats())) return target
  // A name for the same link elsewhere would have been made by another user.
  if (!isOwnOrRoots(Number(link.uid)) || link.nlink !== 1n) throw foreignLink(directory, name, Number(link.uid))
  const after = lstatSync(path, { bigint: true })
  if (after.ino !== link.ino || after.ctimeNs !== link.ctimeNs) throw foreignLink(directory, name, Number(after.uid))
  return target
}

function foreignLink(directory: HeldDirectory, name: string, uid: number): FunnelError {
  const path = join(directory.name, name)
  return new FunnelError(
    'FUNNEL_LOG_DIRECTORY_SHARED',
    `The path of the log leads through the symbolic link ${path} of user ${uid}, in a directory that other users may ` +
      `write to. It could lead anywhere. Remove the link, or name a path without it.`,
  )
}

function partsOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep)
    .filter((part) => part !== '' && part !== '.')
}

function systemError(code: string, text: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${text}, '${path}'`), { code })
}
