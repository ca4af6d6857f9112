import { closeSync, closingOnError, isTrustedFile, type Compression } from '@pino-funnel/channel'
import {
  constants,
  createReadStream,
  createWriteStream,
  fchmodSync,
  fstatSync,
  futimesSync,
  lstatSync,
  type Stats,
} from 'node:fs'
import { rename, rm, unlink } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { PassThrough, type Readable, type Transform } from 'node:stream'
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
 * A compressed file of another program is never replaced: that program may still write it, and deletes the name when it
 * fails.
 *
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` or the system's error, or when there is a compressed file; the rotated
 * file is unchanged then
 */
export async function compressFile(path: string, compression: Compression, signal: AbortSignal): Promise<void> {
  const target = compressedName(path, compression)
  const partial = `${target}${PARTIAL_SUFFIX}`
  refuseTaken(target)
  const descriptor = openTrusted(path, O_RDONLY)
  const source = createReadStream('', { fd: descriptor })
  try {
    const stats = fstatSync(descriptor)
    await rm(partial, { force: true })
    const made = await compressInto(partial, source, compression, signal)
    copyAttributes(partial, made, stats)
    // Another program may have begun meanwhile.
    refuseTaken(target)
    await rename(partial, target)
  } catch (error) {
    source.destroy()
    await rm(partial, { force: true })
    throw error
  }
  await unlink(path)
}

/** What other users may have put there is replaced: it must not keep the file from being compressed. */
function refuseTaken(target: string): void {
  const stats = lstatSync(target, { throwIfNoEntry: false })
  if (!stats || !isTrustedFile(target, stats)) return
  throw new Error(
    `${target} is of another program, which may still write it, or was killed. The original is kept. If no program ` +
      'writes it, remove it.',
  )
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

/**
 * Whether a rotated file is a leftover: `compressFile` was killed before it deleted the file. The names do not prove that.
 * Another program, such as gzip, writes the compressed file under its last name, so that it may be half there, and deletes
 * it when it fails.
 *
 * @param path - of a rotated file
 * @returns whether the compressed file beside it is whole, has its content, and its time of modification, which
 * `compressFile` copies; `false` also when that can't be found out
 */
export async function isLeftover(path: string, compression: Compression, signal: AbortSignal): Promise<boolean> {
  const compressed = compressedName(path, compression)
  try {
    // What another program is writing is younger: it is not read.
    if (modifiedAt(path) !== modifiedAt(compressed)) return false
    return (
      (await digestOf(compressed, decompressor(compression), signal)) ===
      (await digestOf(path, new PassThrough(), signal))
    )
  } catch {
    return false
  }
}

/** In whole ms, which is what `compressFile` copies. */
function modifiedAt(path: string): number {
  return lstatSync(path).mtime.getTime()
}

async function digestOf(path: string, decoder: Transform, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const source = createReadStream('', { fd: openTrusted(path, O_RDONLY) })
  const digest = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) hash.update(chunk)
  }
  await pipeline(source, decoder, digest, { signal })
  return hash.digest('hex')
}

function decompressor(compression: Compression): Transform {
  if (compression === 'gzip') return zlib.createGunzip()
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform }
  if (!createZstdDecompress) throw new Error(`Node.js ${process.version} has no zstd`)
  return createZstdDecompress()
}
