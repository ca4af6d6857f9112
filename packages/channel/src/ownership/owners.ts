/**
 * Which owners and modes of a file leave its name, or its content, to this user alone.
 *
 * What always holds in this room: the group's bits count for each group, because they are the mask of an access control
 * list, which Node.js can't read.
 */
import { readFileSync } from '../captured/fs.ts'

const GROUP_OR_OTHERS_WRITE = 0o022
const GROUP_WRITES = 0o020
const STICKY = 0o1000

/** As in `fs.Stats`. */
export interface Ownership {
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

/** A user whose files this process relies on: itself, and root. In a user namespace, also users outside of it. */
export function isTrustedOwner(uid: number): boolean {
  return isOwnOrRoots(uid) || isUnmapped(uid)
}

/** Of a file whose owner has this user at its mercy anyway. */
export function isOwnOrRoots(uid: number): boolean {
  const user = process.geteuid?.()
  return user === undefined || uid === user || uid === 0
}

/** Whether the mode lets another user than the owner write: as one of the group, or as any other. */
export function isWritableByOthers(mode: number): boolean {
  return (mode & GROUP_OR_OTHERS_WRITE) !== 0
}

/** Whether another user may make, or rename, entries of a directory. */
export function isShared({ uid, mode }: Ownership): boolean {
  return !isTrustedOwner(uid) || isWritableByOthers(mode)
}

/** Whether another user may put another in the place of an entry. In a sticky directory, such as /tmp, only owners may. */
export function isExchangeable(directory: Ownership, entry: Ownership): boolean {
  if (!isShared(directory)) return false
  const isSticky = (directory.mode & STICKY) !== 0
  return !isSticky || !isTrustedOwner(directory.uid) || !isTrustedOwner(entry.uid)
}

/**
 * Whether {@link isExchangeable}, and not only by the group that this process runs as: on Debian and its like, that is
 * the user's own. Root has no such group.
 */
export function isExchangeableByStrangers({ uid, gid, mode }: Ownership, entry: Ownership): boolean {
  const isOwnGroup = process.geteuid?.() !== 0 && gid === process.getegid?.()
  return isExchangeable({ uid, gid, mode: isOwnGroup ? mode & ~GROUP_WRITES : mode }, entry)
}

let unmapped: number | undefined | 'unknown' = 'unknown'

/** In a user namespace, the kernel shows every user that is not in it as this one: user_namespaces(7). */
function isUnmapped(uid: number): boolean {
  if (unmapped === 'unknown') unmapped = findUnmapped()
  return uid === unmapped
}

function findUnmapped(): number | undefined {
  try {
    const overflow = Number(readFileSync('/proc/sys/kernel/overflowuid', 'utf8'))
    const ranges = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n')
    const isMapped = ranges.some((range) => {
      const [first = 0, , count = 0] = range.trim().split(/\s+/).map(Number)
      return overflow >= first && overflow < first + count
    })
    return isMapped ? undefined : overflow
  } catch {
    return undefined
  }
}
