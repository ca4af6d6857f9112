/** Where a log file really lies, and whether this process can log there: the checks of the option `file`. */
import type { Stats } from 'node:fs'
import { accessSync, constants, lstatSync, statSync } from '../captured/fs.ts'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { refuseUntrustedFile } from '../ownership/file-trust.ts'
import { isExchangeable, isShared } from '../ownership/owners.ts'
import { MOST_LINKS, targetOfLink, walkTo, type WalkedPath } from '../ownership/path-walk.ts'
import { FunnelError, systemCode } from '../util/errors.ts'
import type { HeldDirectory } from '../util/held-directory.ts'
import { systemCure, userId } from '../util/system-cure.ts'
import { isFileName } from './file-name.ts'
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
 * `FUNNEL_LOG_DIRECTORY_UNUSABLE` when its directory is missing, is not a directory or may not be written;
 * `FUNNEL_LOG_DIRECTORY_SHARED` when another user could have it written elsewhere
 */
export function resolveLogTarget(file: string, mkdir: boolean): LogTarget {
  refuseDirectoryPath(file)
  const { directory, name } = findFile(resolve(file), mkdir)
  try {
    refuseUnwritable(directory)
    refuseUnusableFile(directory.at(name), join(directory.name, name))
    if (!directory.isHeld) refuseSharedDirectory(directory.name)
    return { directory: directory.name, name }
  } finally {
    directory.release()
  }
}

/** Follows a link also when its target does not exist yet: the log file will be made there. */
function findFile(file: string, mkdir: boolean): WalkedPath & { readonly name: string } {
  let path = file
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const name = basename(path)
    refuseUnusableName(path, name)
    const walked = walkToDirectoryOf(path, mkdir)
    const target = name === '' ? undefined : followLink(walked.directory, name)
    if (target === undefined) return { ...walked, name }
    walked.directory.release()
    path = target
  }
  throw new FunnelError(
    'FUNNEL_LOG_FILE_UNUSABLE',
    `The log file ${file} is a symbolic link that leads back to itself. Remove the link, or name another file.`,
  )
}

/** Some systems, such as /proc, say of a directory that can't be made that there is none. */
const CAN_NOT_BE_MADE = `it does not exist, and can't be made. Name a file in a directory that exists.`

function walkToDirectoryOf(path: string, mkdir: boolean): WalkedPath {
  try {
    return walkTo(dirname(path), mkdir)
  } catch (error) {
    const isMissing = systemCode(error) === 'ENOENT'
    throw unusableDirectory(dirname(path), error, isMissing && mkdir ? CAN_NOT_BE_MADE : whyUnusable(error))
  }
}

function followLink(directory: HeldDirectory, name: string): string | undefined {
  try {
    return targetOfLink(directory, name)
  } catch (error) {
    directory.release()
    throw error instanceof FunnelError ? error : unusableDirectory(directory.name, error)
  }
}

function unusableDirectory(directory: string, error: unknown, why: string = whyUnusable(error)): FunnelError {
  if (error instanceof FunnelError) return error
  return new FunnelError('FUNNEL_LOG_DIRECTORY_UNUSABLE', `The log directory ${directory} can't be used: ${why}`, {
    cause: error,
  })
}

/**
 * @param file - as it was given
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` when it lies in a channel, or can only be a directory
 */
export function refuseDirectoryPath(file: string): void {
  const inChannel = dirname(resolve(file)).split(sep).includes(CHANNEL_NAME)
  if (!inChannel && ((!file.endsWith('/') && !file.endsWith(sep)) || resolve(file) === '/')) return
  throw new FunnelError(
    'FUNNEL_LOG_FILE_UNUSABLE',
    inChannel
      ? `The log file ${file} lies in a channel directory (${CHANNEL_NAME}), which is pino-funnel's own. Name another place.`
      : `The log file ${file} ends like a directory. Name a file in it, such as ${file}app.log.`,
  )
}

function refuseUnwritable(directory: HeldDirectory): void {
  try {
    accessSync(directory.at('.'), constants.W_OK | constants.X_OK)
  } catch (error) {
    throw unusableDirectory(directory.name, error)
  }
}

/**
 * Where a directory can't be held, root must not write logs where another user can replace the log directory or a file
 * in it by a symbolic link: that user could have root write to any file of the system.
 *
 * @throws FunnelError `FUNNEL_LOG_DIRECTORY_SHARED` when this process runs as root and others may write the directory
 */
function refuseSharedDirectory(directory: string): void {
  if (process.geteuid?.() !== 0) return
  refuseShared(directory, statSync(directory), directory)
  for (let inner = directory, outer = dirname(inner); outer !== inner; inner = outer, outer = dirname(inner)) {
    if (isExchangeable(statSync(outer), statSync(inner))) refuseShared(outer, statSync(outer), directory)
  }
}

function refuseShared(directory: string, stats: Stats, logDirectory: string): void {
  if (!isShared(stats)) return
  const place =
    directory === logDirectory
      ? `the log directory ${directory}`
      : `${directory}, above the log directory ${logDirectory}`
  throw new FunnelError(
    'FUNNEL_LOG_DIRECTORY_SHARED',
    `This process runs as root, others may write to ${place} (owner ${stats.uid}, group ${stats.gid}, ` +
      `mode ${(stats.mode & 0o7777).toString(8)}), and /proc/self/fd, by which pino-funnel would be safe there, can't ` +
      `be used. Name a directory that only root may write to, or let this process use /proc.`,
  )
}

/** Why a log file or its directory can't be used, with the cure. */
export function whyUnusable(error: unknown): string {
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

/** @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` when the name is the channel's own, or too long */
export function refuseUnusableName(path: string, name: string): void {
  if (name === '' || isFileName(name)) return
  throw new FunnelError(
    'FUNNEL_LOG_FILE_UNUSABLE',
    `The log file ${path} can't have the name ${JSON.stringify(name)}: it is the channel's own, or too long. Name another file.`,
  )
}

/** @param reached - the same file, by way of the held directory */
function refuseUnusableFile(reached: string, path: string): void {
  const stats = lstatSync(reached, { throwIfNoEntry: false })
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
    accessSync(reached, constants.W_OK)
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
