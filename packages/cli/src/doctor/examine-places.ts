import { defaultChannelRoot, mappingObstacle, remoteFileSystem, type Channel } from '@pino-funnel/channel'
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from './finding.ts'

/** Less room than a few segments take. */
const SCARCE_BYTES = 4 * 1024 * 1024

/** @param files - names of the log files that are written */
export function examinePlaces(channel: Channel, files: readonly string[]): Finding[] {
  const { logDirectory, root } = channel
  const findings: Finding[] = []
  for (const directory of oneOfEachDisk([logDirectory, root])) {
    const room = freeBytes(directory)
    if (room !== undefined && room < SCARCE_BYTES) findings.push(full(directory, room))
  }
  const obstacle = obstacleOf(logDirectory, constants.W_OK | constants.X_OK)
  if (obstacle !== undefined) findings.push(unwritable('log-directory-unwritable', logDirectory, obstacle))
  for (const path of files.map((file) => join(logDirectory, file)).filter((file) => existsSync(file))) {
    const refusal = statSync(path).isFile() ? obstacleOf(path, constants.W_OK) : 'it is not a file'
    if (refusal !== undefined) findings.push(unwritable('log-file-unwritable', path, refusal))
  }
  if (existsSync(`${channel.journal}.damaged`)) findings.push(journalDamaged(`${channel.journal}.damaged`))
  return findings
}

/** What is no fault, and worth knowing. */
export function hintsAbout({ logDirectory, root }: Channel): string[] {
  const hints: string[] = []
  const mapping = mappingObstacle(root)
  if (mapping !== undefined) {
    hints.push(`Mailboxes are written by system calls, not through memory: ${mapping}. A log call costs some more.`)
  }
  const remote = remoteFileSystem(logDirectory)
  if (remote !== undefined) hints.push(`The log directory lies on ${remote}: one machine at a time may write there.`)
  if (root !== defaultChannelRoot(logDirectory)) {
    hints.push(`The channel is not beside the log: all workers need the option channelDir ${root}.`)
  }
  return hints
}

function oneOfEachDisk(directories: readonly string[]): Iterable<string> {
  return new Map(directories.filter((path) => existsSync(path)).map((path) => [statSync(path).dev, path])).values()
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
    what: `The disk has ${room} bytes left.`,
    cure: 'Make room; everything goes on by itself. The options limit.size and limit.free bound rotated files.',
  }
}

function unwritable(code: 'log-file-unwritable' | 'log-directory-unwritable', path: string, why: string): Finding {
  return {
    code,
    subject: path,
    what: `It can't be written by this user: ${why}.`,
    cure: 'Give it to the user that the workers run as, and let that user write. Records wait until then.',
  }
}

function journalDamaged(path: string): Finding {
  return {
    code: 'journal-damaged',
    subject: path,
    what: 'A listener has found its journal damaged, and put it aside: lines of that time may come twice.',
    cure: 'See to the disk. The file may be deleted.',
  }
}
