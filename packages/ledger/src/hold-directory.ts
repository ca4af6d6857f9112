/**
 * The way to the holds of a log. Root may hold a log of a service's user, who can put a link in the place of each name in
 * the channel. So each directory on the way is held, no link is followed, and what root makes is given to that user: the
 * listener could not read it otherwise.
 */
import { FunnelError, HeldDirectory, makeHeldDirectory, nameHeldIn, systemCode } from '@pino-funnel/channel'
import { chownSync, readdirSync, rmdirSync } from 'node:fs'

/** Whose channel it is, when this process is root and the channel another user's. */
export interface ForeignOwner {
  readonly uid: number
  readonly gid: number
}

/**
 * @param use - gets the directory of the holds, which is held until it returns
 * @throws FunnelError `FUNNEL_CHANNEL_FOREIGN` for root at a channel of another user, where directories can't be held; the
 * system's error: `ENOENT` when the log has no channel, or no holds
 */
export function inHoldDirectory<T>(
  { channel, log, isMade }: { readonly channel: string; readonly log: string; readonly isMade: boolean },
  use: (directory: HeldDirectory, owner: ForeignOwner | undefined) => T,
): T {
  let here = HeldDirectory.open(channel)
  try {
    const owner = foreignOwner(here)
    for (const name of ['holds', log]) {
      const next = isMade ? enterOrMake(here, name, owner) : enter(here, name)
      here.release()
      here = next
    }
    return use(here, owner)
  } catch (error) {
    nameHeldIn(error)
    throw error
  } finally {
    here.release()
  }
}

function foreignOwner(channel: HeldDirectory): ForeignOwner | undefined {
  const { uid, gid } = channel.stats()
  if (process.geteuid?.() !== 0 || uid === 0) return undefined
  if (channel.isHeld) return { uid, gid }
  throw new FunnelError(
    'FUNNEL_CHANNEL_FOREIGN',
    `The channel directory ${channel.name} belongs to user ${uid}, and this process, which runs as root, can't hold it open ` +
      `on this system. Let the reader run as user ${uid}.`,
  )
}

function enter(parent: HeldDirectory, name: string): HeldDirectory {
  return HeldDirectory.open(parent.at(name), `${parent.name}/${name}`)
}

function enterOrMake(parent: HeldDirectory, name: string, owner: ForeignOwner | undefined): HeldDirectory {
  const directory = enterIfThere(parent, name) ?? make(parent, name)
  try {
    if (owner) giveTo(owner, directory)
    return directory
  } catch (error) {
    directory.release()
    // Where it can't be given away, as without CAP_CHOWN, the listener could not read it. One with entries stays.
    rmdirIfEmpty(parent.at(name))
    throw error
  }
}

function rmdirIfEmpty(path: string): void {
  try {
    rmdirSync(path)
  } catch {
    // The error that is thrown says more.
  }
}

/** A process that was killed may have made it, and not given it away. One with entries may come from elsewhere. */
function giveTo({ uid, gid }: ForeignOwner, directory: HeldDirectory): void {
  if (directory.stats().uid === uid) return
  if (readdirSync(directory.path).length > 0) {
    throw new FunnelError(
      'FUNNEL_CHANNEL_FOREIGN',
      `The directory ${directory.name} belongs to user ${directory.stats().uid}, and its channel to user ${uid}. Remove it.`,
    )
  }
  chownSync(directory.path, uid, gid)
}

function enterIfThere(parent: HeldDirectory, name: string): HeldDirectory | undefined {
  try {
    return enter(parent, name)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function make(parent: HeldDirectory, name: string): HeldDirectory {
  try {
    return makeHeldDirectory(parent, name)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
    // Another reader has made it at the same moment.
    return enter(parent, name)
  }
}
