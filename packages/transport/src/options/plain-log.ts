import {
  channelObstacle,
  DIRECTORY_MODE,
  FunnelError,
  refuseDirectoryPath,
  refuseUnusableName,
  systemCode,
  whyUnusable,
} from '@pino-funnel/channel'
import { capturedFs } from '@pino-funnel/channel/captured'
import { basename, dirname, join, resolve } from 'node:path'
import { isUnusableOnWindows } from '../naming/windows-name.ts'

/**
 * Resolves the path that a user gave for a log file, as `resolveLogTarget` does where there can be a channel. Links are
 * left to the system, and owners are not checked.
 *
 * @param mkdir - whether a missing directory is made (with its parents)
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE`, `FUNNEL_LOG_DIRECTORY_UNUSABLE`
 */
export function findPlainLog(file: string, mkdir: boolean): { readonly directory: string; readonly name: string } {
  refuseDirectoryPath(file)
  const path = resolve(file)
  const [directory, name] = [dirname(path), basename(path)]
  refuseUnusableName(path, name)
  if (isUnusableOnWindows(name)) throw unusableOnWindows(path, name)
  try {
    if (mkdir) capturedFs.mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE })
    capturedFs.accessSync(directory, capturedFs.constants.W_OK)
  } catch (error) {
    throw new FunnelError(
      'FUNNEL_LOG_DIRECTORY_UNUSABLE',
      `The log directory ${directory} can't be used: ${whyUnusable(error)}`,
      { cause: error },
    )
  }
  refuseUnusableFile(path)
  return { directory, name }
}

/** A log call would wait for ever for the reader of a pipe. */
function refuseUnusableFile(path: string): void {
  try {
    const stats = capturedFs.statSync(path, { throwIfNoEntry: false })
    if (!stats) return
    if (!stats.isFile()) throw notAFile(path, stats.isDirectory())
    capturedFs.accessSync(path, capturedFs.constants.W_OK)
  } catch (error) {
    if (error instanceof FunnelError) throw error
    // Deleted since: the next log call makes it.
    if (systemCode(error) === 'ENOENT') return
    throw new FunnelError('FUNNEL_LOG_FILE_UNUSABLE', `The log file ${path} can't be used: ${whyUnusable(error)}`, {
      cause: error,
    })
  }
}

/**
 * The listener of a channel takes its own appends for the only ones: after its death, a plain append can pass for
 * records that it was about to append, and these are lost.
 *
 * @throws FunnelError `FUNNEL_LOG_DIRECTORY_UNUSABLE` when there is a channel, or it can't be known
 */
export function refuseChannel(channelRoot: string, directory: string): void {
  try {
    capturedFs.accessSync(join(channelRoot, 'channel.json'))
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return
  }
  throw new FunnelError(
    'FUNNEL_LOG_DIRECTORY_UNUSABLE',
    `The log directory ${directory} can't be used: it has a channel of pino-funnel (${channelRoot}), and a plain append of ` +
      `${channelObstacle()} beside it could cost its records. Name a file in another directory, or log there with ` +
      `Node.js on Linux or macOS. When no process logs there any longer and pino-funnel status shows no records that ` +
      `wait, the channel can be deleted.`,
  )
}

function unusableOnWindows(path: string, name: string): FunnelError {
  return new FunnelError(
    'FUNNEL_LOG_FILE_UNUSABLE',
    `The log file ${path} can't have the name ${JSON.stringify(name)}: on Windows that is the name of a device, or is not a file name. ` +
      `Name another file.`,
  )
}

function notAFile(path: string, isDirectory: boolean): FunnelError {
  return new FunnelError(
    'FUNNEL_LOG_FILE_UNUSABLE',
    isDirectory
      ? `The log file ${path} is a directory. Set the option 'file' to a file inside it, such as ${join(path, 'app.log')}.`
      : `The log file ${path} is not a regular file. pino-funnel appends to files only; name one.`,
  )
}
