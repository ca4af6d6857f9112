import { closingOnError, type Compression } from '@pino-funnel/channel'
import { closeSync, constants, createReadStream, createWriteStream, fchmodSync, fstatSync, futimesSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { rename, rm, unlink } from 'node:fs/promises'
import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as zlib from 'node:zlib'
import { isSameFile, type OpenIdentity } from '../log/log-file.ts'
import { makeTrusted, openTrusted } from '../log/open-trusted.ts'
import { compressedName, PARTIAL_SUFFIX } from './rotated-names.ts'

const { O_RDONLY, O_WRONLY } = constants

/**
 * Compresses a rotated file, then deletes it. The compressed file is synced before it gets its name, by rename. So
 * after a kill at any instant there is a whole file of one kind, or of both.
 *
 * What is read, written and changed is what a descriptor has: another user may be able to exchange the names, so that
 * they lead to a file which that user may not read or change.
 *
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` or the system's error; the rotated file is unchanged then
 */
export async function compressFile(path: string, compression: Compression, signal: AbortSignal): Promise<void> {
  const target = compressedName(path, compression)
  const partial = `${target}${PARTIAL_SUFFIX}`
  const descriptor = openTrusted(path, O_RDONLY)
  const source = createReadStream('', { fd: descriptor })
  try {
    const stats = fstatSync(descriptor)
    await rm(partial, { force: true })
    const made = await compressInto(partial, source, compression, signal)
    copyAttributes(partial, made, stats)
    await rename(partial, target)
  } catch (error) {
    source.destroy()
    await rm(partial, { force: true })
    throw error
  }
  await unlink(path)
}

/** @returns the file that was made */
async function compressInto(
  partial: string,
  source: Readable,
  compression: Compression,
  signal: AbortSignal,
): Promise<OpenIdentity> {
  // Before the file is opened: there may be none of that kind.
  const transform = compressor(compression)
  const descriptor = makeTrusted(partial, O_WRONLY, 0o600)
  const made = closingOnError(descriptor, () => fstatSync(descriptor, { bigint: true }))
  await pipeline(source, transform, createWriteStream('', { fd: descriptor, flush: true }), { signal })
  return made
}

/** The original's mode, and its age: the age of the records decides how long the file is kept. */
function copyAttributes(path: string, made: OpenIdentity, { mode, atime, mtime }: Stats): void {
  const descriptor = openTrusted(path, O_WRONLY)
  try {
    if (!isSameFile(fstatSync(descriptor, { bigint: true }), made))
      throw new Error(`${path} was replaced by another file`)
    fchmodSync(descriptor, mode & 0o777)
    futimesSync(descriptor, atime, mtime)
  } finally {
    closeSync(descriptor)
  }
}

function compressor(compression: Compression): Transform {
  if (compression === 'gzip') return zlib.createGzip()
  // Node.js has zstd from 22.15 on. The transport refuses the option where it is missing.
  const { createZstdCompress } = zlib as { createZstdCompress?: () => Transform }
  if (!createZstdCompress) throw new Error(`Node.js ${process.version} has no zstd; it came with 22.15`)
  return createZstdCompress()
}
