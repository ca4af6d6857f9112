import { closeSync, fstatSync, readSync, statSync } from '../captured/fs.ts'
import { FunnelError, systemCode } from '../util/errors.ts'
import { openToRead } from '../util/files.ts'
import { DEFAULT_LOG_OPTIONS } from '../options/log-options.ts'
import { isWritableByOthers } from '../ownership/owners.ts'
import { decodeHeader, MAX_HEADER_BYTES, type WriterProfile } from './header.ts'

/**
 * A header names modules that are loaded, so it counts only if it is the user's own. Where others may write it, by chmod
 * -R or by the group of a Kubernetes volume, it was perhaps theirs, too: its log options do not count.
 *
 * @param owned - a directory of the channel, which is known to be that user's
 * @returns the header, and what it says of its writer
 * @throws FunnelError `FUNNEL_MAILBOX_INVALID` when it is a link, or of another user; else the system's error
 */
export function readHeader(path: string, owned: string): { header: Buffer; profile: WriterProfile } {
  const descriptor = openHeader(path)
  try {
    const { size, uid, mode } = fstatSync(descriptor)
    if (uid !== statSync(owned).uid) throw foreign(path, uid)
    const bytes = Buffer.alloc(Math.min(size, MAX_HEADER_BYTES))
    const header = bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0))
    const profile = decodeHeader(header)
    const isOwnersOnly = !isWritableByOthers(mode)
    return { header, profile: isOwnersOnly ? profile : { ...profile, log: DEFAULT_LOG_OPTIONS } }
  } finally {
    closeSync(descriptor)
  }
}

function foreign(path: string, uid: number): FunnelError {
  return new FunnelError(
    'FUNNEL_MAILBOX_INVALID',
    `A mailbox header is invalid: ${path} belongs to user ${uid}, as nothing in the channel should. Remove the mailbox.`,
  )
}

function openHeader(path: string): number {
  try {
    return openToRead(path)
  } catch (error) {
    if (systemCode(error) !== 'ELOOP') throw error
    throw new FunnelError('FUNNEL_MAILBOX_INVALID', `A mailbox header is invalid: ${path} is a symbolic link.`, {
      cause: error,
    })
  }
}
