/**
 * How a command reaches a channel and its listener: from a path to the channel, from the channel to the listener.
 *
 * What always holds in this room: no code here changes a channel or makes one.
 */
import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CHANNEL_NAME, defaultChannelRoot, FunnelError, openChannel, type Channel } from '@pino-funnel/channel'

/**
 * Finds the channel of a log file, a log directory or a channel directory.
 *
 * @throws FunnelError `FUNNEL_CHANNEL_*` or `FUNNEL_LOG_DIRECTORY_UNUSABLE`
 */
export function findChannel(path: string): Channel {
  return openChannel(channelRoot(resolve(path)))
}

function channelRoot(path: string): string {
  if (isDirectory(path)) return isChannel(path) ? path : join(path, CHANNEL_NAME)
  const directory = dirname(path)
  if (isDirectory(directory)) return defaultChannelRoot(directory)
  throw new FunnelError(
    'FUNNEL_LOG_DIRECTORY_UNUSABLE',
    `The directory ${directory} does not exist, or this user may not enter it. Name an existing log file or directory.`,
  )
}

/** Whether a path is a channel directory. */
export function isChannel(path: string): boolean {
  return existsSync(join(path, 'channel.json'))
}

export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
