import { closeSync, fstatSync, readSync, statSync } from '../captured/fs.ts'
import { FunnelError, systemCode } from '../util/errors.ts'
import { openToRead } from '../util/files.ts'
import { MAX_HEADER_BYTES } from './header.ts'

/**
 * A header names modules that are loaded, so it counts only if it is the user's own.
 *
 * @param owned - a directory of the channel, which is known to be that user's
 * @throws FunnelError `FUNNEL_MAILBOX_INVALID` when it is a link, or of another user; else the system's error
 */
export function readHeader(path: string, owned: string): Buffer {
  const descriptor = openHeader(path)
  try {
    const { size, uid } = fstatSync(descriptor)
    if (uid !== statSync(owned).uid) throw foreign(path, uid)
    const header = Buffer.alloc(Math.min(size, MAX_HEADER_BYTES))
    return header.subarray(0, readSync(descriptor, header, 0, header.length, 0))
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
