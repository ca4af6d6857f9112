/** A channel is trusted because no other user can have put anything in it. This module makes sure of that. */
import { chmodSync, lstatSync, readdirSync } from '../captured/fs.ts'
import type { Stats } from 'node:fs'
import { basename, join } from 'node:path'
import { FunnelError } from '../util/errors.ts'
import type { HeldDirectory } from '../util/held-directory.ts'
import { layoutOf } from './layout.ts'

const OTHERS = 0o077
const PRIVATE = 0o700

/** @throws FunnelError `FUNNEL_CHANNEL_FOREIGN` */
export function refuseForeign(channel: HeldDirectory): void {
  const { uid } = channel.ownership
  const user = process.geteuid?.()
  if (user === undefined || uid === user) return
  throw new FunnelError(
    'FUNNEL_CHANNEL_FOREIGN',
    `The channel directory ${channel.name} belongs to user ${uid}, and this process runs as user ${user}. ` +
      `Run all workers of one log directory as one user, or give each user a log directory of its own. ` +
      `If no worker of yours runs as user ${uid}, another user has made it to be in your way: remove it.`,
  )
}

/**
 * Takes back the permissions that others have been given: by chmod -R, or by Kubernetes, which lets the group of a volume
 * write everything on it each time that a pod starts.
 *
 * To be called only for a directory that describes itself as a channel: another one stays as it is.
 *
 * @returns whether others could enter it until now
 * @throws FunnelError `FUNNEL_CHANNEL_OPEN_TO_OTHERS` when another user has put something in, or it can't be closed
 */
export function closeToOthers(channel: HeldDirectory): boolean {
  const mode = channel.ownership.mode & 0o7777
  if ((mode & OTHERS) === 0) return false
  if (!channel.isHeld) throw openToOthers(channel, mode, `so that other users can enter it`)
  // A process that dies here leaves the channel open, so that the next one checks it again.
  refuseStrangers(channel, mode)
  try {
    chmodSync(channel.path, PRIVATE)
  } catch (error) {
    throw openToOthers(channel, mode, `so that other users can enter it, and can't be changed: ${String(error)}`)
  }
  try {
    // Others may have come until now.
    refuseStrangers(channel, mode)
  } catch (error) {
    // Refused next time, too.
    chmodSync(channel.path, mode)
    throw error
  }
  for (const [path, stats] of entriesOf(channel)) {
    if (stats.isDirectory() && (stats.mode & OTHERS) !== 0) chmodSync(path, PRIVATE)
  }
  return true
}

function refuseStrangers(channel: HeldDirectory, mode: number): void {
  const user = process.geteuid?.()
  const stranger = entriesOf(channel).find(([, { uid }]) => uid !== user)
  if (!stranger) return
  const [path, { uid }] = stranger
  throw openToOthers(
    channel,
    mode,
    `so that other users could enter it, and ${basename(path)} in it belongs to user ${uid}`,
  )
}

/** What is in the channel, down to the mailboxes themselves. */
function entriesOf({ path: root }: HeldDirectory): [string, Stats][] {
  const { mailboxes, tmp } = layoutOf(root)
  const [holds, ships] = [pathsIn(join(root, 'holds')), pathsIn(join(root, 'ship'))]
  const paths = [
    ...[root, mailboxes, tmp].flatMap((directory) => readdirSync(directory).map((name) => join(directory, name))),
    ...pathsIn(join(root, 'ledger')),
    ...pathsIn(join(root, 'levels')),
    ...holds,
    ...holds.flatMap(pathsIn),
    ...ships,
    ...ships.flatMap(pathsIn).flatMap((log) => [log, ...pathsIn(log)]),
  ]
  return paths.flatMap((path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    return stats ? [[path, stats] as [string, Stats]] : []
  })
}

function openToOthers({ name }: HeldDirectory, mode: number, what: string): FunnelError {
  return new FunnelError(
    'FUNNEL_CHANNEL_OPEN_TO_OTHERS',
    `The channel directory ${name} has mode ${(mode & 0o777).toString(8)}, ${what}. ` +
      `Remove what is not of this user, and run: chmod 700 ${name}`,
  )
}

/** None for what is not a directory itself, or is not there: a log has a ledger and holds only from some time on. */
function pathsIn(directory: string): string[] {
  const isDirectory = lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() === true
  return isDirectory ? readdirSync(directory).map((name) => join(directory, name)) : []
}
