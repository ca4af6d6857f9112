/** A channel is trusted because no other user can have put anything in it. This module makes sure of that. */
import { chmodSync, lstatSync, readdirSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { FunnelError } from '../util/errors.ts'
import type { HeldDirectory } from '../util/held-directory.ts'
import { layoutOf } from './layout.ts'

const OTHERS = 0o077
const PRIVATE = 0o700

/** @throws FunnelError `FUNNEL_CHANNEL_FOREIGN` */
export function refuseForeign(channel: HeldDirectory): void {
  const { uid } = channel.stats()
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
 * @throws FunnelError `FUNNEL_CHANNEL_OPEN_TO_OTHERS` when another user has put something in, or it can't be closed
 */
export function closeToOthers(channel: HeldDirectory): void {
  const mode = channel.stats().mode & 0o7777
  if ((mode & OTHERS) === 0) return
  if (!channel.isHeld) throw openToOthers(channel, mode, `so that other users can enter it`)
  try {
    chmodSync(channel.path, PRIVATE)
  } catch (error) {
    throw openToOthers(channel, mode, `so that other users can enter it, and can't be changed: ${String(error)}`)
  }
  const { mailboxes, tmp } = layoutOf(channel.path)
  for (const directory of [channel.path, mailboxes, tmp]) {
    const stranger = closeEntries(directory)
    if (stranger === undefined) continue
    // Refused next time, too.
    chmodSync(channel.path, mode)
    throw openToOthers(channel, mode, `so that other users could enter it, and ${stranger}`)
  }
}

/** @returns what another user owns there; `undefined` when all is this user's */
function closeEntries(directory: string): string | undefined {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (!stats) continue
    if (stats.uid !== process.geteuid?.()) return `${name} in it belongs to user ${stats.uid}`
    if (stats.isDirectory() && (stats.mode & OTHERS) !== 0) chmodSync(path, PRIVATE)
  }
  return undefined
}

function openToOthers({ name }: HeldDirectory, mode: number, what: string): FunnelError {
  return new FunnelError(
    'FUNNEL_CHANNEL_OPEN_TO_OTHERS',
    `The channel directory ${name} has mode ${(mode & 0o777).toString(8)}, ${what}. ` +
      `Remove what is not of this user, and run: chmod 700 ${name}`,
  )
}
