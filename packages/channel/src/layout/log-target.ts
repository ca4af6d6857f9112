/** Where a log file really lies, and whether this process can log there: the checks of the option `file`. */
import type { Stats } from 'node:fs'
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  statSync,
} from '../captured/fs.ts'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { FunnelError, systemCode } from '../util/errors.ts'
import { systemCure, userId } from '../util/system-cure.ts'
import { isFileName } from './file-name.ts'
import { refuseUntrustedFile } from './file-trust.ts'
import { CHANNEL_NAME } from './layout.ts'

/** Where one log file lies, with every symbolic link resolved: two spellings of one file are one target. */
export interface LogTarget {
  /** The real directory the log file is in. */
  readonly directory: string
  /** The file's name inside that directory. */
  readonly name: string
}

/**
 * Resolves the path a user gave for a log file.
 *
 * @param file - absolute, or relative to the current directory
 * @param mkdir - whether a missing directory is made (with its parents)
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` when `file` is something other than a file, or may not be written;
 * `FUNNEL_LOG_DIRECTORY_UNUSABLE` when its directory is missing, is not a directory or may not be written
 */
export function resolveLogTarget(file: string, mkdir: boolean): LogTarget {
  refuseDirectoryPath(file)
  const path = followLink(resolve(file))
  const directory = realDirectory(dirname(path), mkdir)
  const target = { directory, name: basename(path) }
  refuseUnusableName(path, target.name)
  refuseUnusableFile(join(directory, target.name))
  return target
}

/** Follows a link also when its target does not exist yet: the log file will be made there. */
function followLink(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    // Not a link: `realDirectory` reports what is wrong, if anything.
    if (!isLink(path)) return path
    if (systemCode(error) === 'ENOENT') return followLink(resolve(realpathSync(dirname(path)), readlinkSync(path)))
    throw new FunnelError(
      'FUNNEL_LOG_FILE_UNUSABLE',
      `The log file ${path} is a symbolic link that can't be followed: ${reason(error)}`,
      { cause: error },
    )
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

function refuseDirectoryPath(file: string): void {
  const inChannel = dirname(resolve(file)).split(sep).includes(CHANNEL_NAME)
  if (!inChannel && (!file.endsWith('/') || resolve(file) === '/')) return
  throw new FunnelError(
    'FUNNEL_LOG_FILE_UNUSABLE',
    inChannel
      ? `The log file ${file} lies in a channel directory (${CHANNEL_NAME}), which is pino-funnel's own. Name another place.`
      : `The log file ${file} ends like a directory. Name a file in it, such as ${file}app.log.`,
  )
}

function realDirectory(directory: string, mkdir: boolean): string {
  try {
    if (mkdir) mkdirSync(directory, { recursive: true })
    const real = realpathSync(directory)
    // With a separator at its end, a path that is not a directory fails as that.
    accessSync(join(real, sep), constants.W_OK | constants.X_OK)
    return real
  } catch (error) {
    throw new FunnelError(
      'FUNNEL_LOG_DIRECTORY_UNUSABLE',
      `The log directory ${directory} can't be used: ${mkdir ? whyNotMade(directory, error) : reason(error)}`,
      { cause: error },
    )
  }
}

/** Node.js reports a missing directory also where the system has refused to make it: asks the system once more. */
function whyNotMade(directory: string, error: unknown): string {
  if (systemCode(error) !== 'ENOENT') return reason(error)
  const outer = dirname(directory)
  if (!existsSync(outer) && outer !== directory) return whyNotMade(outer, error)
  try {
    mkdirSync(directory)
  } catch (refusal) {
    if (systemCode(refusal) !== 'ENOENT') return reason(refusal)
  }
  return `${directory} does not exist, and can't be made. Name a file in a directory that exists.`
}

/**
 * Root must not write logs where another user can replace the log directory or a file in it by a symbolic link: that
 * user could have root write to any file of the system (CVE-2016-1247 and similar ones).
 *
 * @throws FunnelError `FUNNEL_LOG_DIRECTORY_SHARED` when this process runs as root and others may write the directory
 */
export function refuseSharedDirectory(directory: string): void {
  if (process.geteuid?.() !== 0) return
  refuseShared(directory, statSync(directory), directory)
  for (let inner = directory, outer = dirname(inner); outer !== inner; inner = outer, outer = dirname(inner)) {
    const stats = statSync(outer)
    // In a sticky directory, such as /tmp, only its owner can move what is ours.
    if (stats.uid !== 0 || (stats.mode & 0o1000) === 0) refuseShared(outer, stats, directory)
  }
}

function refuseShared(directory: string, { uid, gid, mode }: Stats, logDirectory: string): void {
  const othersWrite = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0)
  if (uid === 0 && !othersWrite) return
  const place =
    directory === logDirectory
      ? `the log directory ${directory}`
      : `${directory}, above the log directory ${logDirectory}`
  throw new FunnelError(
    'FUNNEL_LOG_DIRECTORY_SHARED',
    `This process runs as root, and others may write ${place} (owner ${uid}, group ${gid}, ` +
      `mode ${(mode & 0o7777).toString(8)}). Run it as user ${uid}, or: chown root:root and chmod 755 the directory, ` +
      `or set the option 'allowSharedDirectory' to true if you trust them with root's rights.`,
  )
}

function reason(error: unknown): string {
  switch (systemCode(error)) {
    case 'ENOENT':
      return `it does not exist. Make it, or set the option 'mkdir' to true.`
    case 'EEXIST':
    case 'ENOTDIR':
      return `a part of this path is not a directory. Name another file.`
    case 'EACCES':
    case 'EPERM':
      return `this user may not write there. Give user ${userId()} write permission, or name another file.`
    case 'ELOOP':
      return `it leads back to itself. Remove the link, or name another file.`
    case 'ENAMETOOLONG':
      return `it is longer than this system allows. Name another file.`
    case 'EROFS':
      return `it is on a read-only file system (EROFS).${systemCure(error)}`
    default:
      return `${String(error)}.${systemCure(error)}`
  }
}

function refuseUnusableName(path: string, name: string): void {
  if (name === '' || isFileName(name)) return
  throw new FunnelError(
    'FUNNEL_LOG_FILE_UNUSABLE',
    `The log file ${path} can't have the name ${JSON.stringify(name)}: it is the channel's own, or too long. Name another file.`,
  )
}

function refuseUnusableFile(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) return
  if (stats.isDirectory()) {
    throw new FunnelError(
      'FUNNEL_LOG_FILE_UNUSABLE',
      `The log file ${path} is a directory. Set the option 'file' to a file inside it, such as ${join(path, 'app.log')}.`,
    )
  }
  // Only to say so early: the listener checks what it opens.
  refuseUntrustedFile(path, stats)
  try {
    accessSync(path, constants.W_OK)
  } catch (error) {
    // Rotated, moved or deleted since: the listener makes the next one.
    if (systemCode(error) === 'ENOENT') return
    throw new FunnelError(
      'FUNNEL_LOG_FILE_UNUSABLE',
      systemCode(error) === 'EACCES' || systemCode(error) === 'EPERM'
        ? `The log file ${path} may not be written by user ${userId()}. Change its owner or mode, or name another file.`
        : `The log file ${path} can't be written: ${String(error)}.${systemCure(error)}`,
      { cause: error },
    )
  }
}

/** The channel directory that serves a log directory when none is named. */
export function defaultChannelRoot(logDirectory: string): string {
  return join(logDirectory, CHANNEL_NAME)
}
