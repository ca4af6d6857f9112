/** Opening a channel, or making it: the directory is ours, private, and of a format that this version knows. */
import type { Stats } from 'node:fs'
import { lstatSync, renameSync } from '../captured/fs.ts'
import { basename, dirname, join, resolve } from 'node:path'
import { walkTo, type WalkedPath } from '../ownership/path-walk.ts'
import { FunnelError, systemCode } from '../util/errors.ts'
import { isThere } from '../util/files.ts'
import { HeldDirectory } from '../util/held-directory.ts'
import { systemCure } from '../util/system-cure.ts'
import { encodeDescription, IN_DEFAULT_PLACE, readDescription, restoreDescription } from './channel-description.ts'
import { newChannelDraft, sweepChannelDraft } from './channel-drafts.ts'
import { closeToOthers, refuseForeign } from './channel-owner.ts'
import { remoteFileSystem } from './file-system.ts'
import { layoutOf, type ChannelLayout } from './layout.ts'
import { makeHeldDirectory, makePrivateDirectory, writePrivateFile } from './private.ts'

/** An opened channel: held, checked to be ours, private, and of a format this version understands. */
export interface Channel extends ChannelLayout {
  /** The channel directory by its name: for people, and for other processes. */
  readonly root: string
  /** The name of the directory that holds the log files of this channel. Absolute. */
  readonly logDirectory: string
  /** Device and inode. */
  readonly identity: string
  /** Whether the name still leads to this channel. */
  isInPlace(this: void): boolean
  /**
   * The path by which log files are reached, until `close`: the directory above the channel, wherever both were moved.
   *
   * @throws FunnelError `FUNNEL_LOG_DIRECTORY_*` when the channel lies elsewhere, and the log directory can't be reached
   */
  reachLogDirectory(this: void): string
  /** Makes its description again where another program has cut, damaged or deleted it. Never throws. */
  restoreDescription(this: void): void
  /** Lets go of it. No path of it may be used after that. */
  close(this: void): void
}

/**
 * Opens the channel in `root`, making it when it is not there.
 *
 * The directory appears whole, by rename, or not at all: a process that sees it also sees its format version.
 *
 * @throws FunnelError `FUNNEL_CHANNEL_*`, naming what is wrong with the directory and what to do
 */
export function ensureChannel(root: string, logDirectory: string): Channel {
  const parent = parentOf(root, unmakeable)
  try {
    if (parent.name !== logDirectory) refuseExchangeable(logDirectory)
    const found = lookAt(parent, root)
    if (!found) makeChannel(parent, root, logDirectory)
    return openFor(logDirectory, parent, root, found ?? lookAt(parent, root))
  } finally {
    parent.release()
  }
}

function openFor(logDirectory: string, parent: HeldDirectory, root: string, stats: Stats | undefined): Channel {
  const { channel, isDescribed } = openIn(parent, root, stats)
  try {
    if (channel.logDirectory !== logDirectory) throw ofOtherLogDirectory(channel, logDirectory)
    makeMissing(channel)
    if (!isDescribed) channel.restoreDescription()
    return channel
  } catch (error) {
    channel.close()
    throw error
  }
}

function ofOtherLogDirectory({ root, logDirectory: served }: Channel, logDirectory: string): FunnelError {
  return new FunnelError(
    'FUNNEL_CHANNEL_OTHER_LOG_DIRECTORY',
    `The channel ${root} serves the log directory ${served}, not ${logDirectory}. ` +
      `Set the option 'channelDir' to a directory of its own for each log directory.`,
  )
}

/**
 * Opens an existing channel.
 *
 * @throws FunnelError `FUNNEL_CHANNEL_MISSING` when there is none, and other `FUNNEL_CHANNEL_*` as
 * {@link ensureChannel} does
 */
export function openChannel(root: string): Channel {
  const parent = parentOf(root, missing)
  try {
    return openIn(parent, root, lookAt(parent, root)).channel
  } finally {
    parent.release()
  }
}

/** @param absent - makes the error when a part of the path is not there */
function parentOf(root: string, absent: (root: string, error: unknown) => FunnelError): HeldDirectory {
  try {
    return walkTo(dirname(resolve(root)), false).directory
  } catch (error) {
    if (error instanceof FunnelError) throw error
    if (systemCode(error) === 'ENOENT') throw absent(root, error)
    throw unreachable(root, error)
  }
}

interface OpenedChannel {
  readonly channel: Channel
  /** Whether it has a description. */
  readonly isDescribed: boolean
}

function openIn(parent: HeldDirectory, root: string, stats: Stats | undefined): OpenedChannel {
  refuseUnusual(stats, root)
  const directory = hold(parent, root)
  try {
    refuseForeign(directory)
    refuseRemote(root, directory.path)
    // What is not a channel is refused before anything is changed. What others may have written there counts only afterwards.
    const found = readDescription(directory)
    const description = closeToOthers(directory) ? readDescription(directory) : found
    const channel = channelIn(directory, resolve(directory.name, description.logDirectory))
    return { channel, isDescribed: description !== IN_DEFAULT_PLACE }
  } catch (error) {
    directory.release()
    throw error
  }
}

/** The name has no symbolic links, so that two spellings of it are one channel. */
function hold(parent: HeldDirectory, root: string): HeldDirectory {
  try {
    return HeldDirectory.open(parent.at(basename(root)), join(parent.name, basename(root)))
  } catch (error) {
    throw unreachable(root, error)
  }
}

function channelIn(directory: HeldDirectory, logDirectory: string): Channel {
  let logs: HeldDirectory | undefined
  let isOpen = true
  const layout = layoutOf(directory.path)
  return {
    ...layout,
    root: directory.name,
    logDirectory,
    identity: directory.identity,
    isInPlace: () => directory.isInPlace(),
    reachLogDirectory: () => {
      if (!directory.isHeld) return logDirectory
      if (logDirectory !== dirname(directory.name)) {
        refuseExchangeable(logDirectory)
        return logDirectory
      }
      logs ??= HeldDirectory.open(directory.at('..'), logDirectory)
      return logs.path
    },
    restoreDescription: () => restoreDescription(layout, placeOf(logDirectory, dirname(directory.name))),
    close: () => {
      if (!isOpen) return
      isOpen = false
      logs?.release()
      directory.release()
    },
  }
}

/** Only a channel in the log directory leads to it wherever others move it. */
function refuseExchangeable(logDirectory: string): void {
  const walked = walkIfThere(logDirectory)
  walked?.directory.release()
  if (walked?.exchangeable === undefined) return
  throw new FunnelError(
    'FUNNEL_LOG_DIRECTORY_SHARED',
    `The log directory ${logDirectory} can be exchanged by other users, because they may write to ` +
      `${walked.exchangeable}, and its channel lies elsewhere. Leave the option 'channelDir' out: a channel in the log ` +
      `directory keeps to it. Or take that permission away: chmod go-w ${walked.exchangeable}`,
  )
}

/** A log directory that was deleted is made again by its workers. */
function walkIfThere(path: string): WalkedPath | undefined {
  try {
    return walkTo(path, false)
  } catch (error) {
    if (error instanceof FunnelError) throw error
    return undefined
  }
}

function lookAt(parent: HeldDirectory, root: string): Stats | undefined {
  try {
    return lstatSync(parent.at(basename(root)), { throwIfNoEntry: false })
  } catch (error) {
    throw unreachable(root, error)
  }
}

function unreachable(root: string, error: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_CHANNEL_UNREADABLE',
    `The channel directory ${root} can't be reached: ${String(error)}.` +
      (systemCure(error) || ` Each part of its path must be a directory that this user may enter.`),
    { cause: error },
  )
}

function missing(root: string): FunnelError {
  return new FunnelError(
    'FUNNEL_CHANNEL_MISSING',
    `There is no channel at ${root}. No worker has logged there with pino-funnel yet. Check the path; where the workers have the option 'channelDir', name that directory.`,
  )
}

function makeChannel(parent: HeldDirectory, root: string, logDirectory: string): void {
  refuseRemote(root, parent.path)
  const draft = newChannelDraft(basename(root))
  try {
    fillDraft(makeHeldDirectory(parent, draft), placeOf(logDirectory, parent.name))
    renameSync(parent.at(draft), parent.at(basename(root)))
  } catch (error) {
    sweepChannelDraft(parent, draft)
    // Another process made it at the same moment, which is as good.
    if (lookAt(parent, root)) return
    throw unmakeable(root, error)
  }
}

function unmakeable(root: string, error: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_CHANNEL_UNREADABLE',
    `The channel directory ${root} can't be made: ${String(error)}.` +
      (systemCure(error) || ` Its parent must exist and be writable for this user.`),
    { cause: error },
  )
}

/** The log directory as the description names it: so that a channel in it can be moved with it. */
function placeOf(logDirectory: string, parent: string): string {
  return parent === logDirectory ? '..' : logDirectory
}

function fillDraft(draft: HeldDirectory, logDirectory: string): void {
  try {
    const layout = layoutOf(draft.path)
    makePrivateDirectory(layout.mailboxes)
    makePrivateDirectory(layout.tmp)
    writePrivateFile(layout.description, encodeDescription(logDirectory))
  } finally {
    draft.release()
  }
}

/**
 * Makes `mailboxes` and `tmp` again where they are missing: a cleaner removes directories that are empty, and without them
 * nothing can be logged, no listener can be elected, and none can leave.
 *
 * @throws FunnelError `FUNNEL_CHANNEL_UNREADABLE` when one can't be made
 */
export function makeMissing({ root, mailboxes, tmp }: Channel): void {
  for (const directory of [mailboxes, tmp]) {
    try {
      if (!isThere(directory)) makePrivateDirectory(directory)
    } catch (error) {
      // Another process was faster.
      if (systemCode(error) !== 'EEXIST') throw unmakeable(root, error)
    }
  }
}

function refuseUnusual(stats: Stats | undefined, root: string): void {
  if (!stats) throw missing(root)
  if (stats.isSymbolicLink()) {
    throw new FunnelError(
      'FUNNEL_CHANNEL_SYMLINK',
      `The channel directory ${root} is a symbolic link, which could lead anywhere. ` +
        `Remove it, or set the option 'channelDir' to the real directory.`,
    )
  }
  if (stats.isDirectory()) return
  throw new FunnelError(
    'FUNNEL_CHANNEL_NOT_A_DIRECTORY',
    `The channel ${root} is not a directory. Remove it, or set the option 'channelDir' to another place.`,
  )
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
