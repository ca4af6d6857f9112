/**
 * How a command reaches a channel: from a path to the channel, as its owner.
 *
 * What always holds in this room: no code here makes a channel.
 */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { becomeOwner, quote, refuseForeign } from './channel-owner.ts'
import { UsageError } from './usage-error.ts'
import { CHANNEL_NAME, defaultChannelRoot, FunnelError, openChannel, type Channel } from '@pino-funnel/channel'

/** What a command line names. */
export interface Target {
  /** A log file, a log directory or a channel directory, as it was given. */
  readonly path: string
  /** The option `--channel`, as it was given. */
  readonly channel: string | undefined
}

/**
 * Finds the channel of a log file, a log directory or a channel directory, for a command that changes it.
 *
 * @throws FunnelError `FUNNEL_CHANNEL_*` or `FUNNEL_LOG_DIRECTORY_UNUSABLE`; UsageError for a channel of other logs
 */
export function findChannel(target: Target): Channel {
  const root = rootOf(target)
  refuseForeign(root)
  return openAt(root, target)
}

/**
 * Finds a channel for a command that changes nothing: root reads it as its owner, and is that user from then on.
 *
 * @throws as {@link findChannel} does
 */
export function findChannelToRead(target: Target): Channel {
  const root = rootOf(target)
  becomeOwner(root)
  return openAt(root, target)
}

/** The target on another command line, for a shell. */
export function asTyped({ path, channel }: Target): string {
  return channel === undefined ? quote(path) : `${quote(path)} --channel ${quote(channel)}`
}

/** For a command that reads log files, whether they have a channel or not: root becomes the owner of the channel. */
export function becomeOwnerAt(path: string): void {
  const absolute = resolve(path)
  if (isDirectory(absolute) || isDirectory(dirname(absolute))) becomeOwner(channelRoot(absolute))
}

function rootOf({ path, channel }: Target): string {
  return channel === undefined ? channelRoot(resolve(path)) : resolve(channel)
}

/** The name of a log file means nothing in the channel of another log directory. */
function openAt(root: string, { path, channel: given }: Target): Channel {
  const channel = openChannel(root)
  const place = isDirectory(path) ? path : dirname(resolve(path))
  if (given === undefined || [channel.root, channel.logDirectory].includes(realpathOf(place))) return channel
  channel.close()
  throw new UsageError(`The channel ${root} has the logs of ${channel.logDirectory}, and ${path} is not one of them`)
}

function realpathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
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
