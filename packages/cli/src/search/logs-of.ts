/** The logs that a path on the command line names. */
import { CHANNEL_NAME, openChannel, systemCode, type Channel } from '@pino-funnel/channel'
import { knownLogs, readKnownLogs } from '@pino-funnel/reader'
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, parse, resolve } from 'node:path'
import { refuseUnreadable } from '../access/channel-owner.ts'
import { becomeOwnerAt, isChannel, isDirectory, type Target } from '../access/find-channel.ts'
import { UsageError } from '../access/usage-error.ts'

export interface FoundLogs {
  /** Absolute paths of live files. */
  readonly logs: readonly string[]
  /** Where their channel is, if not in the log directory. For the reader. */
  readonly channelDir?: string
  /** The logs as they are later, for a target that stands for several. */
  readonly list?: () => Promise<string[]>
}

/**
 * Root is the owner of the channel from then on, where there is one.
 *
 * @param target - a log file; a log directory or a channel, for all its logs; or a name with placeholders, `logs/{level}.log`
 * @throws UsageError when there is no such log or channel; FunnelError `FUNNEL_LOG_FILE_UNUSABLE` when another user's may
 * not be read, `FUNNEL_CHANNEL_*`
 */
export async function logsOf({ path, channel }: Target): Promise<FoundLogs> {
  const absolute = resolve(path)
  const isElsewhere = isChannel(absolute) && basename(absolute) !== CHANNEL_NAME
  const channelDir = channel !== undefined ? resolve(channel) : isElsewhere ? absolute : undefined
  if (channelDir !== undefined && !isChannel(channelDir)) throw new UsageError(`There is no channel at ${channelDir}`)
  becomeOwnerAt(channelDir ?? absolute)
  const place = isElsewhere ? logDirectoryOf(absolute) : absolute
  const list = listing(place, channelDir)
  const logs = list ? await list() : candidates(place)
  for (const log of logs) if (existsSync(log)) refuseUnreadable(log)
  if (logs.length > 0) return { logs, ...(channelDir !== undefined && { channelDir }), ...(list && { list }) }
  throw new UsageError(
    isDirectory(place)
      ? unknownIn(place, channelDir)
      : `There is no log ${absolute}, and none of its rotated files. Name the live file, such as logs/app.log`,
  )
}

/**
 * Lists the logs of a channel from then on, for a command that follows them: also those that have no file now, such as
 * between a rotation and the next line. It gives `undefined` while the list can't be read.
 *
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` when another user's log may not be read
 */
export async function channelLogs({
  root,
  logDirectory,
}: Pick<Channel, 'root' | 'logDirectory'>): Promise<() => Promise<string[] | undefined>> {
  let [known, version]: [string[] | undefined, string | undefined] = [undefined, undefined]
  const list = async (): Promise<string[] | undefined> => {
    // Asked once a second, and it hardly ever changes.
    const current = versionOf(join(root, 'logs'))
    if (current === undefined || current !== version) {
      known = (await readKnownLogs(root))?.map((name) => join(logDirectory, name))
      version = known && current
    }
    return known
  }
  for (const log of (await list()) ?? []) if (existsSync(log)) refuseUnreadable(log)
  return list
}

/** Of a file, which another content changes; `undefined` where it can't be read. */
function versionOf(path: string): string | undefined {
  try {
    const { ino, size, mtimeMs } = statSync(path)
    return `${ino}:${size}:${mtimeMs}`
  } catch {
    return undefined
  }
}

function logDirectoryOf(root: string): string {
  const channel = openChannel(root)
  try {
    return channel.logDirectory
  } finally {
    channel.close()
  }
}

function unknownIn(directory: string, channelDir: string | undefined): string {
  const channel = channelDir ?? join(directory, CHANNEL_NAME)
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

/** `undefined` for a path that names one log. */
function listing(path: string, channelDir: string | undefined): FoundLogs['list'] {
  const inDirectory = (directory: string, isWanted: (name: string) => boolean) => async (): Promise<string[]> => {
    const known = await knownLogs(channelDir ?? join(directory, CHANNEL_NAME))
    const wanted = known.filter(isWanted)
    // It has no live file between a rotation and the next record.
    const names = readdirSync(directory)
    return wanted.filter((name) => hasFiles(name, names)).map((name) => join(directory, name))
  }
  if (isDirectory(path)) return inDirectory(basename(path) === CHANNEL_NAME ? dirname(path) : path, () => true)
  const pattern = existsSync(path) ? undefined : patternOf(basename(path))
  return pattern && isDirectory(dirname(path)) ? inDirectory(dirname(path), (name) => pattern.test(name)) : undefined
}

function candidates(path: string): string[] {
  // The link current.log leads to a log. Without an end, links do not exist.
  if (existsSync(path)) return [followed(path)]
  const directory = dirname(path)
  return isDirectory(directory) && hasFiles(basename(path), readdirSync(directory)) ? [path] : []
}

/** Whether there is a log, or a rotated file of it. @param log - absolute path of the live file */
export function isThere(log: string): boolean {
  try {
    return existsSync(log) || hasFiles(basename(log), readdirSync(dirname(log)))
  } catch {
    return false
  }
}

/** Whether a directory has a log, or rotated files of it. @param names - in the directory */
function hasFiles(log: string, names: readonly string[]): boolean {
  const { name } = parse(log)
  return names.some((each) => each === log || isRotated(each, `${name}.`) || isRotated(each, `${log}.`))
}

/** A number comes next, or a date and a number: `app.error.log` is another log. */
function isRotated(each: string, beginning: string): boolean {
  return each.startsWith(beginning) && /^[^.]*\d/.test(each.slice(beginning.length))
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

/** `undefined` for a name without placeholders. */
function patternOf(name: string): RegExp | undefined {
  const parts = name.split(/\{[^}]*\}/)
  const quoted = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return parts.length === 1 ? undefined : new RegExp(`^${quoted.join('.+')}$`)
}
