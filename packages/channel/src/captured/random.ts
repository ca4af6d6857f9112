/**
 * Random names, unique on this machine.
 *
 * From the kernel's device, where there is one: to load node:crypto takes as long as a quarter of all that a script
 * needs to log its first record, and 350 KB in each thread.
 */
import type * as Crypto from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from './fs.ts'

const DEVICE = '/dev/urandom'

/** @returns hexadecimal digits, two for each byte */
export function randomHex(bytes: number): string {
  return (readDevice(bytes) ?? loadCrypto().randomBytes(bytes)).toString('hex')
}

/** `undefined` on systems without it, in a root directory that has none, and where reading it is not permitted. */
function readDevice(bytes: number): Buffer | undefined {
  try {
    const descriptor = openSync(DEVICE, 'r')
    try {
      const random = Buffer.alloc(bytes)
      const isWhole = fstatSync(descriptor).isCharacterDevice() && readSync(descriptor, random) === bytes
      return isWhole ? random : undefined
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return undefined
  }
}

function loadCrypto(): typeof Crypto {
  return process.getBuiltinModule('node:crypto')
}
