/** Opening a channel, or making it: the directory is ours, private, and of a format that this version knows. */
import type { Stats } from 'node:fs'
import { accessSync, constants, lstatSync, readFileSync, renameSync, rmSync } from '../captured/fs.ts'
import { dirname, join, resolve } from 'node:path'
import { FunnelError, systemCode } from '../util/errors.ts'
import { systemCure } from '../util/system-cure.ts'
import { isRecord } from '../util/values.ts'
import { newChannelDraft } from './channel-drafts.ts'
import { remoteFileSystem } from './file-system.ts'
import { FORMAT_VERSION, layoutOf, type ChannelLayout } from './layout.ts'
import { makePrivateDirectory, writePrivateFile } from './private.ts'

/** An opened channel: checked to be ours, private, and of a format this version understands. */
export interface Channel extends ChannelLayout {
  /** The directory that holds the log files of this channel. Absolute. */
  readonly logDirectory: string
}

interface Description {
  readonly format: number
  /**
   * Relative to the channel directory (`..`, so that the two can be moved together), or absolute for a channel
   * elsewhere.
   */
  readonly logDirectory: string
}

/**
 * Opens the channel in `root`, making it when it is not there.
 *
 * The directory appears whole, by rename, or not at all: a process that sees it also sees its format version.
 *
 * @throws FunnelError `FUNNEL_CHANNEL_*`, naming what is wrong with the directory and what to do
 */
export function ensureChannel(root: string, logDirectory: string): Channel {
  if (!lookAt(root)) makeChannel(resolve(root), logDirectory)
  const channel = openChannel(root)
  if (channel.logDirectory !== logDirectory) {
    throw new FunnelError(
      'FUNNEL_CHANNEL_OTHER_LOG_DIRECTORY',
      `The channel ${root} serves the log directory ${channel.logDirectory}, not ${logDirectory}. ` +
        `Set the option 'channelDir' to a directory of its own for each log directory.`,
    )
  }
  return channel
}

/**
 * Opens an existing channel.
 *
 * @throws FunnelError `FUNNEL_CHANNEL_MISSING` when there is none, and other `FUNNEL_CHANNEL_*` as
 * {@link ensureChannel} does
 */
export function openChannel(root: string): Channel {
  refuseUnsafe(root)
  refuseRemote(root, root)
  const { logDirectory } = readDescription(root)
  return { ...layoutOf(resolve(root)), logDirectory: resolve(root, logDirectory) }
}

function lookAt(root: string): Stats | undefined {
  try {
    return lstatSync(root, { throwIfNoEntry: false })
  } catch (error) {
    throw new FunnelError(
      'FUNNEL_CHANNEL_UNREADABLE',
      `The channel directory ${root} can't be reached: ${String(error)}.` +
        (systemCure(error) || ` Each part of its path must be a directory that this user may enter.`),
      { cause: error },
    )
  }
}

function makeChannel(root: string, logDirectory: string): void {
  refuseRemote(root, dirname(root))
  const draft = newChannelDraft(root)
  const description: Description = {
    format: FORMAT_VERSION,
    logDirectory: resolve(root, '..') === logDirectory ? '..' : logDirectory,
  }
  try {
    makePrivateDirectory(draft)
    const layout = layoutOf(draft)
    makePrivateDirectory(layout.mailboxes)
    makePrivateDirectory(layout.tmp)
    writePrivateFile(layout.description, `${JSON.stringify(description)}\n`)
    renameSync(draft, root)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    // Another process made it at the same moment, which is as good.
    if (lookAt(root)) return
    throw new FunnelError(
      'FUNNEL_CHANNEL_UNREADABLE',
      `The channel directory ${root} can't be made: ${String(error)}.` +
        (systemCure(error) || ` Its parent must exist and be writable for this user.`),
      { cause: error },
    )
  }
}

/** A channel is trusted because no other user can have put anything in it. This function makes sure of that. */
function refuseUnsafe(root: string): void {
  const stats = lookAt(root)
  if (!stats) {
    throw new FunnelError(
      'FUNNEL_CHANNEL_MISSING',
      `There is no channel at ${root}. No worker has logged there with pino-funnel yet; check the path.`,
    )
  }
  if (stats.isSymbolicLink()) {
    throw new FunnelError(
      'FUNNEL_CHANNEL_SYMLINK',
      `The channel directory ${root} is a symbolic link, which could lead anywhere. ` +
        `Remove it, or set the option 'channelDir' to the real directory.`,
    )
  }
  if (!stats.isDirectory()) {
    throw new FunnelError(
      'FUNNEL_CHANNEL_NOT_A_DIRECTORY',
      `The channel ${root} is not a directory. Remove it, or set the option 'channelDir' to another place.`,
    )
  }
  const user = process.geteuid?.()
  if (user !== undefined && stats.uid !== user) {
    throw new FunnelError(
      'FUNNEL_CHANNEL_FOREIGN',
      `The channel directory ${root} belongs to user ${stats.uid}, and this process runs as user ${user}. ` +
        `Run all workers of one log directory as one user, or give each user a log directory of its own.`,
    )
  }
  if ((stats.mode & 0o077) !== 0) {
    const mode = (stats.mode & 0o777).toString(8)
    throw new FunnelError(
      'FUNNEL_CHANNEL_OPEN_TO_OTHERS',
      `The channel directory ${root} has mode ${mode}, so that other users can enter it. Run: chmod 700 ${root}`,
    )
  }
}

/**
 * Only this kernel can say whether a process is alive, which listener is elected and what was appended. It can't say so
 * for the processes of other machines, and not all such file systems hold sockets.
 */
function refuseRemote(root: string, directory: string): void {
  const kind = remoteFileSystem(directory)
  if (kind === undefined) return
  throw new FunnelError(
    'FUNNEL_CHANNEL_REMOTE',
    `The channel directory ${root} lies on a network file system (${kind}), which other machines may share. ` +
      `Set the option 'channelDir' to a directory on a local disk; the log file may stay where it is.`,
  )
}

function readDescription(root: string): Description {
  const path = join(root, 'channel.json')
  let text: string
  try {
    accessSync(root, constants.R_OK | constants.X_OK)
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT'
    throw new FunnelError(
      missing ? 'FUNNEL_CHANNEL_FORMAT' : 'FUNNEL_CHANNEL_UNREADABLE',
      missing
        ? `The directory ${root} has no channel.json, so it is not a channel of pino-funnel. Move it away.`
        : `The channel directory ${root} can't be read: ${String(error)}.${howToRead(error, root)}`,
      { cause: error },
    )
  }
  return parseDescription(text, path)
}

function howToRead(error: unknown, root: string): string {
  if (systemCode(error) !== 'EACCES') return systemCure(error)
  return ` Give this user its permissions back: chmod 700 ${root}; chmod 600 ${join(root, 'channel.json')}`
}

function parseDescription(text: string, path: string): Description {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  // Checked first: another version may describe itself in another way.
  const format = formatOf(value)
  if (format !== undefined && format !== FORMAT_VERSION) {
    throw new FunnelError(
      'FUNNEL_CHANNEL_FORMAT',
      `The channel of ${path} has format version ${format}, and this version of pino-funnel knows version ` +
        `${FORMAT_VERSION} only. Let all workers of one log directory run the same major version.`,
    )
  }
  if (!isDescription(value)) {
    throw new FunnelError(
      'FUNNEL_CHANNEL_FORMAT',
      `The file ${path} is damaged: expected a format version and a log directory, found ${JSON.stringify(text.slice(0, 80))}. ` +
        `Move the channel directory away; its mailboxes may hold records that are not in the log yet.`,
    )
  }
  return value
}

function formatOf(value: unknown): number | undefined {
  return isRecord(value) && typeof value['format'] === 'number' ? value['format'] : undefined
}

function isDescription(value: unknown): value is Description {
  return formatOf(value) !== undefined && isRecord(value) && typeof value['logDirectory'] === 'string'
}
