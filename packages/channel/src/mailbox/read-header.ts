import { closeSync, fstatSync, readSync } from '../captured/fs.ts'
import { FunnelError, systemCode } from '../util/errors.ts'
import { openToRead } from '../util/files.ts'
import { MAX_HEADER_BYTES } from './header.ts'

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
    return openToRead(path)
  } catch (error) {
    if (systemCode(error) !== 'ELOOP') throw error
    throw new FunnelError('FUNNEL_MAILBOX_INVALID', `A mailbox header is invalid: ${path} is a symbolic link.`, {
      cause: error,
    })
  }
}
