/**
 * Whether a file in a log directory may be used, where other users may be able to write: a file of another user in the
 * log's place would give that user the records, and a file with a second name would be written under that name, too.
 *
 * A regular file may be used when
 *
 * - no other user can have put it there: the directory belongs to this user or to root, and only its owner may write it
 * - or it has one name only, and belongs to this user or to root
 * - or it has one name only, and the file system gives this user's own files the same owner: some know one owner (vfat,
 *   CIFS, the shares of virtual machines), and NFS may turn root into another user
 *
 * Checked after the open, by the descriptor's own `fstat`: what was checked is what is used.
 */
import type { BigIntStats, Stats } from 'node:fs'
import { closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from '../captured/fs.ts'
import { randomHex } from '../captured/random.ts'
import { basename, dirname, join } from 'node:path'
import { FunnelError } from '../util/errors.ts'
import { isOwnOrRoots, isWritableByOthers } from './owners.ts'

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants

type AnyStats = Stats | BigIntStats

/**
 * @param stats - of the file that was opened by `path`
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` when the file must not be used
 */
export function refuseUntrustedFile(path: string, stats: AnyStats): void {
  const reason = untrusted(path, stats)
  if (reason !== undefined) throw new FunnelError('FUNNEL_LOG_FILE_UNUSABLE', `The log file ${path} ${reason}`)
}

export function isTrustedFile(path: string, stats: AnyStats): boolean {
  return untrusted(path, stats) === undefined
}

/** Why a file must not be used; `undefined` when it may. */
function untrusted(path: string, stats: AnyStats): string | undefined {
  if (!stats.isFile()) return 'is not a regular file. pino-funnel appends to files only; name one.'
  const uid = Number(stats.uid)
  const isOfTrusted = isOwnOrRoots(uid)
  // A file that was just deleted has no name.
  const hasOtherNames = stats.nlink > 1
  if ((isOfTrusted && !hasOtherNames) || isSheltered(path, stats)) return undefined
  if (hasOtherNames) {
    return (
      `has ${stats.nlink} names (hard links), and other users may write its directory: it may be a file of another ` +
      `place. Remove this name of it: rm ${path}`
    )
  }
  if (ownerOfNewFiles(dirname(path), String(stats.dev)) === uid) return undefined
  const user = process.geteuid?.()
  return (
    `belongs to user ${uid}, who could read and change what user ${user} logs, and other users may write its ` +
    `directory. Move the file away, or give it to this user: chown ${user} ${path}`
  )
}

/**
 * Whether no other user can have put the file where it is. The directory is held while it is checked, and must have the
 * file: another one may take its name in between.
 */
function isSheltered(path: string, { dev, ino }: AnyStats): boolean {
  const descriptor = openIfPossible(dirname(path), O_RDONLY | O_DIRECTORY)
  if (descriptor === undefined) return false
  try {
    const directory = fstatSync(descriptor)
    if (!isOwnOrRoots(directory.uid) || isWritableByOthers(directory.mode)) return false
    const held = process.platform === 'linux' ? `/proc/self/fd/${descriptor}` : dirname(path)
    const file = lstatSync(join(held, basename(path)), { throwIfNoEntry: false, bigint: typeof ino === 'bigint' })
    return file?.dev === dev && file.ino === ino
  } catch {
    return false
  } finally {
    closeSync(descriptor)
  }
}

/** The owner of new files, by directory and device. A directory with planted files would be asked once for each. */
const owners = new Map<string, number>()

const PROBE_PREFIX = '.pino-funnel-owner.'

/** Whether a file has the name of one that `ownerOfNewFiles` makes: a process that is killed meanwhile leaves it behind. */
export function isOwnerProbe(name: string): boolean {
  return name.startsWith(PROBE_PREFIX) && /^[0-9a-f]{16}$/.test(name.slice(PROBE_PREFIX.length))
}

/** The owner that the file system gives to a file that this process makes; `undefined` when it can make none. */
function ownerOfNewFiles(directory: string, dev: string): number | undefined {
  const key = `${dev}:${directory}`
  const known = owners.get(key)
  if (known !== undefined) return known
  const path = join(directory, `${PROBE_PREFIX}${randomHex(8)}`)
  const descriptor = openIfPossible(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
  if (descriptor === undefined) return undefined
  try {
    const { uid } = fstatSync(descriptor)
    owners.set(key, uid)
    unlinkSync(path)
    return uid
  } catch {
    return undefined
  } finally {
    closeSync(descriptor)
  }
}

function openIfPossible(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags, 0o600)
  } catch {
    return undefined
  }
}
