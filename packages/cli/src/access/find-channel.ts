/**
 * How a command reaches a channel: from a path to the channel, as its owner.
 *
 * What always holds in this room: no code here makes a channel.
 */
import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { becomeOwner, refuseForeign } from './channel-owner.ts'
import { CHANNEL_NAME, defaultChannelRoot, FunnelError, openChannel, type Channel } from '@pino-funnel/channel'

/**
 * Finds the channel of a log file, a log directory or a channel directory, for a command that changes it.
 *
 * @throws FunnelError `FUNNEL_CHANNEL_*` or `FUNNEL_LOG_DIRECTORY_UNUSABLE`
 */
export function findChannel(path: string): Channel {
  const root = channelRoot(resolve(path))
  refuseForeign(root)
  return openChannel(root)
}

/**
 * Finds a channel for a command that changes nothing: root reads it as its owner, and is that user from then on.
 *
 * @throws FunnelError as {@link findChannel} does
 */
export function findChannelToRead(path: string): Channel {
  const root = channelRoot(resolve(path))
  becomeOwner(root)
  return openChannel(root)
}

/** For a command that reads log files, whether they have a channel or not: root becomes the owner of the channel. */
export function becomeOwnerAt(path: string): void {
  const absolute = resolve(path)
  if (isDirectory(absolute) || isDirectory(dirname(absolute))) becomeOwner(channelRoot(absolute))
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
