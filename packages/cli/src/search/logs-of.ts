/** The logs that a path on the command line names. */
import { CHANNEL_NAME, systemCode } from '@pino-funnel/channel'
import { knownLogs, readKnownLogs } from '@pino-funnel/reader'
import { accessSync, constants, existsSync, lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, parse, resolve } from 'node:path'
import { refuseUnreadable } from '../access/channel-owner.ts'
import { becomeOwnerAt, isDirectory } from '../access/find-channel.ts'
import { UsageError } from '../access/usage-error.ts'

/**
 * Root is the owner of the channel from then on, where there is one.
 *
 * @param path - a log file; a log directory, for all its logs; or a name with placeholders, `logs/{level}.log`
 * @returns absolute paths of live files
 * @throws UsageError when there is no such log; FunnelError `FUNNEL_LOG_FILE_UNUSABLE` when another user's may not be read
 */
export async function logsOf(path: string): Promise<string[]> {
  const absolute = resolve(path)
  becomeOwnerAt(absolute)
  const logs = await candidates(absolute)
  for (const log of logs) if (existsSync(log)) refuseUnreadable(log)
  if (logs.length > 0) return logs
  throw new UsageError(
    isDirectory(absolute)
      ? unknownIn(absolute)
      : `There is no log ${absolute}, and none of its rotated files. Name the live file, such as logs/app.log`,
  )
}

/**
 * Lists the logs of a channel from then on, for a command that follows them: also those that have no file now, such as
 * between a rotation and the next line. It gives `undefined` while the list can't be read.
 *
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` when another user's log may not be read
 */
export async function channelLogs(logDirectory: string): Promise<() => Promise<string[] | undefined>> {
  const list = async (): Promise<string[] | undefined> => {
    return (await readKnownLogs(logDirectory))?.map((name) => join(logDirectory, name))
  }
  for (const log of (await list()) ?? []) if (existsSync(log)) refuseUnreadable(log)
  return list
}

function unknownIn(directory: string): string {
  const channel = join(directory, CHANNEL_NAME)
  const seen = isClosed(channel)
    ? `This user may not read the channel ${channel}`
    : `No log is known in the directory ${directory}`
  return `${seen}. Name a log file, such as ${join(directory, 'app.log')}`
}

function isClosed(channel: string): boolean {
  try {
    accessSync(channel, constants.R_OK | constants.X_OK)
    return false
  } catch (error) {
    return systemCode(error) === 'EACCES'
  }
}

async function candidates(path: string): Promise<string[]> {
  if (isDirectory(path)) return inDirectory(basename(path) === CHANNEL_NAME ? dirname(path) : path, () => true)
  const directory = dirname(path)
  if (!isDirectory(directory)) return []
  const pattern = patternOf(basename(path))
  if (pattern) return inDirectory(directory, (name) => pattern.test(name))
  // The link current.log leads to a log. Without an end, links do not exist.
  if (existsSync(path)) return [followed(path)]
  const { name } = parse(path)
  return readdirSync(directory).some((each) => each.startsWith(`${name}.`)) ? [path] : []
}

/**
 * Each link on the way may lead into the log directory of another user, so root becomes that user there.
 *
 * @throws UsageError for root, at a link of another user: it may lead to any file
 */
function followed(path: string): string {
  const link = lstatSync(path)
  if (!link.isSymbolicLink()) return join(realpathSync(dirname(path)), basename(path))
  if (process.geteuid?.() === 0 && link.uid !== 0) {
    throw new UsageError(`${path} is a link of user ${link.uid}, and root follows none. Name the file that it leads to`)
  }
  const target = resolve(dirname(path), readlinkSync(path))
  becomeOwnerAt(target)
  return followed(target)
}

async function inDirectory(directory: string, isWanted: (name: string) => boolean): Promise<string[]> {
  const known = await knownLogs(directory)
  return known
    .filter((name) => isWanted(name) && existsSync(join(directory, name)))
    .map((name) => join(directory, name))
}

/** `undefined` for a name without placeholders. */
function patternOf(name: string): RegExp | undefined {
  const parts = name.split(/\{[^}]*\}/)
  const quoted = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return parts.length === 1 ? undefined : new RegExp(`^${quoted.join('.+')}$`)
}
