import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CHANNEL_NAME, defaultChannelRoot, FunnelError, openChannel, type Channel } from '@pino-funnel/channel'

/** A command line that can't be understood. The message says what is wrong. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/**
 * Finds the channel a user means by a log file, a log directory or a channel directory.
 *
 * @throws UsageError without a path; FunnelError `FUNNEL_CHANNEL_*` or `FUNNEL_LOG_DIRECTORY_UNUSABLE`
 */
export function findChannel(path: string | undefined): Channel {
  if (path === undefined) throw new UsageError('a log file or directory is missing')
  return openChannel(channelRoot(resolve(path)))
}

function channelRoot(path: string): string {
  if (isDirectory(path)) return existsSync(join(path, 'channel.json')) ? path : join(path, CHANNEL_NAME)
  const directory = dirname(path)
  if (isDirectory(directory)) return defaultChannelRoot(directory)
  throw new FunnelError(
    'FUNNEL_LOG_DIRECTORY_UNUSABLE',
    `There is no directory ${directory}, or this user may not enter it. Name an existing log file or directory.`,
  )
}

export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
