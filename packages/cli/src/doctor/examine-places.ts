/** Examines the places: the log directory, the log files, the channel directory, and the disks they lie on. */
import { defaultChannelRoot, mappingObstacle, remoteFileSystem, systemCureIn, type Channel } from '@pino-funnel/channel'
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sizeText } from '@pino-funnel/observe'
import type { Finding } from './finding.ts'

/** Free bytes of a disk below which a few segments no longer fit. */
const SCARCE_BYTES = 4 * 1024 * 1024

/** @param files - names of the log files that workers log to */
export function examinePlaces(channel: Channel, files: readonly string[]): Finding[] {
  const { logDirectory, root } = channel
  const findings: Finding[] = []
  for (const directory of oneOfEachDisk([logDirectory, root])) {
    const room = freeBytes(directory)
    if (room !== undefined && room < SCARCE_BYTES) findings.push(full(directory, room))
  }
  const obstacle = obstacleOf(logDirectory, constants.W_OK | constants.X_OK)
  if (obstacle !== undefined) findings.push(unwritable('log-directory-unwritable', logDirectory, obstacle))
  for (const path of files.map((file) => join(logDirectory, file))) {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (!stats) continue
    const refusal = stats.isFile() ? obstacleOf(path, constants.W_OK) : 'not a regular file'
    if (refusal !== undefined) findings.push(unwritable('log-file-unwritable', path, refusal))
  }
  if (existsSync(`${channel.journal}.damaged`)) findings.push(journalDamaged(join(root, 'journal.damaged')))
  return findings
}

/** Facts that are not faults, and may explain what the user sees. */
export function hintsAbout({ logDirectory, root }: Channel): string[] {
  const hints: string[] = []
  const mapping = mappingObstacle(root)
  if (mapping !== undefined) {
    hints.push(
      `Workers write mailboxes by system calls, not through mapped memory: ${mapping}. A log call costs a little more.`,
    )
  }
  const remote = remoteFileSystem(logDirectory)
  if (remote !== undefined) hints.push(`The log directory is on ${remote}: only one machine at a time may write there.`)
  if (root !== defaultChannelRoot(logDirectory)) {
    hints.push(`The channel is not in the log directory: all workers need the option channelDir '${root}'.`)
  }
  return hints
}

function oneOfEachDisk(directories: readonly string[]): Iterable<string> {
  const disks = new Map<number, string>()
  for (const path of directories) {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats) disks.set(stats.dev, path)
  }
  return disks.values()
}

function freeBytes(directory: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize
  } catch {
    return undefined
  }
}

function obstacleOf(path: string, mode: number): string | undefined {
  try {
    accessSync(path, mode)
    return undefined
  } catch (error) {
    return String(error)
  }
}

function full(directory: string, room: number): Finding {
  return {
    code: 'disk-full',
    subject: directory,
    what: `The disk has only ${sizeText(room)} left.`,
    cure: 'Free some space: logging then continues without a restart. The options limit.size and limit.free limit rotated files.',
  }
}

function unwritable(code: 'log-file-unwritable' | 'log-directory-unwritable', path: string, why: string): Finding {
  return {
    code,
    subject: path,
    what: `This user can't write there: ${why}.`,
    cure: `${systemCureIn(why).trimStart() || 'Name a regular file, or move it away.'} Until then records wait in the mailboxes.`,
  }
}

function journalDamaged(path: string): Finding {
  return {
    code: 'journal-damaged',
    subject: path,
    what: 'A listener found its journal damaged and set it aside. Lines of that time may be in the log twice.',
    cure: 'Check the disk. Then delete the file.',
  }
}
