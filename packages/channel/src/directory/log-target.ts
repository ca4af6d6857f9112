import { accessSync, constants, mkdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { FunnelError, systemCode } from '../errors.ts'
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
 * `FUNNEL_LOG_DIRECTORY_UNUSABLE` when its directory is missing, is no directory or may not be written
 */
export function resolveLogTarget(file: string, mkdir: boolean): LogTarget {
  const path = followLink(resolve(file))
  const directory = realDirectory(dirname(path), mkdir)
  const target = { directory, name: basename(path) }
  refuseUnusableFile(join(directory, target.name))
  return target
}

function followLink(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return path
    throw new FunnelError('FUNNEL_LOG_FILE_UNUSABLE', `The log file ${path} can't be reached: ${String(error)}`, {
      cause: error,
    })
  }
}

function realDirectory(directory: string, mkdir: boolean): string {
  try {
    if (mkdir) mkdirSync(directory, { recursive: true })
    const real = realpathSync(directory)
    accessSync(real, constants.W_OK | constants.X_OK)
    return real
  } catch (error) {
    throw new FunnelError(
      'FUNNEL_LOG_DIRECTORY_UNUSABLE',
      `The log directory ${directory} can't be used: ${reason(error)}`,
      { cause: error },
    )
  }
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
    case 'EROFS':
      return `it is on a read-only file system. Name a file on a writable one.`
    default:
      return String(error)
  }
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
  if (!stats.isFile()) {
    throw new FunnelError(
      'FUNNEL_LOG_FILE_UNUSABLE',
      `The log file ${path} is not a regular file. pino-funnel appends to files only; name one.`,
    )
  }
  try {
    accessSync(path, constants.W_OK)
  } catch (error) {
    throw new FunnelError(
      'FUNNEL_LOG_FILE_UNUSABLE',
      `The log file ${path} may not be written by user ${userId()}. Change its owner or mode, or name another file.`,
      { cause: error },
    )
  }
}

function userId(): string {
  return String(process.geteuid?.() ?? 'unknown')
}

/** The channel directory that serves a log directory when none is named. */
export function defaultChannelRoot(logDirectory: string): string {
  return join(logDirectory, CHANNEL_NAME)
}
