import { systemCode } from '@pino-funnel/channel'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

/**
 * A file of the channel, from an offset on. No link is followed, and a pipe in its place does not block.
 *
 * @returns `undefined` when there is none
 * @throws the system's error, `ELOOP` for a link; an error when it is not a regular file
 */
export function readPrivate(path: string, from = 0): Buffer | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) throw new Error(`${path} is not a regular file. Remove it.`)
    return readAll(descriptor, from, Math.max(0, stats.size - from))
  } finally {
    closeSync(descriptor)
  }
}

function readAll(descriptor: number, from: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size;) {
    const count = readSync(descriptor, bytes, at, size - at, from + at)
    if (count === 0) return bytes.subarray(0, at)
    at += count
  }
  return bytes
}
