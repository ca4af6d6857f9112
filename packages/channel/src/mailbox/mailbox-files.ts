/** The files of a mailbox, as its reader handles them: what somebody has planted there leads nowhere, and holds nobody up. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, unlinkSync } from '../captured/fs.ts'
import { FunnelError, systemCode } from '../util/errors.ts'
import { MAX_HEADER_BYTES } from './header.ts'

const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** @throws FunnelError `FUNNEL_MAILBOX_INVALID` when it is a symbolic link, else the system's error */
export function readHeader(path: string): Buffer {
  const descriptor = openHeader(path)
  try {
    const header = Buffer.alloc(Math.min(fstatSync(descriptor).size, MAX_HEADER_BYTES))
    return header.subarray(0, readSync(descriptor, header, 0, header.length, 0))
  } finally {
    closeSync(descriptor)
  }
}

function openHeader(path: string): number {
  try {
    return openSync(path, READ_FLAGS)
  } catch (error) {
    if (systemCode(error) !== 'ELOOP') throw error
    throw new FunnelError('FUNNEL_MAILBOX_INVALID', `A mailbox header is invalid: ${path} is a symbolic link.`, {
      cause: error,
    })
  }
}

export function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, READ_FLAGS)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** An error is no answer: whoever takes a segment for missing because the look failed gives up its lines. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

export function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}
