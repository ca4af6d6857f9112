import { channelObstacle, FunnelError, systemCode } from '@pino-funnel/channel'
import { capturedFs } from '@pino-funnel/channel/captured'
import { basename, dirname, join, resolve } from 'node:path'

/**
 * Resolves the path that a user gave for a log file, as `resolveLogTarget` does where there can be a channel. Links are
 * left to the system, and owners are not checked.
 *
 * @param mkdir - whether a missing directory is made (with its parents)
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE`, `FUNNEL_LOG_DIRECTORY_UNUSABLE`
 */
export function findPlainLog(file: string, mkdir: boolean): { readonly directory: string; readonly name: string } {
  const path = resolve(file)
  const directory = dirname(path)
  try {
    if (mkdir) capturedFs.mkdirSync(directory, { recursive: true })
    capturedFs.accessSync(directory, capturedFs.constants.W_OK)
  } catch (error) {
    throw new FunnelError(
      'FUNNEL_LOG_DIRECTORY_UNUSABLE',
      `The log directory ${directory} can't be used: ${String(error)}. Name a directory that can be written to.`,
      { cause: error },
    )
  }
  if (!isDirectory(path)) return { directory, name: basename(path) }
  throw new FunnelError(
    'FUNNEL_LOG_FILE_UNUSABLE',
    `The log file ${path} is a directory. Set the option 'file' to a file inside it, such as ${join(path, 'app.log')}.`,
  )
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

function isDirectory(path: string): boolean {
  return capturedFs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
