import type { Compression } from '@pino-funnel/channel'
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, rename, rm, stat, unlink, utimes } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { compressedName, PARTIAL_SUFFIX } from './rotated-names.ts'

/**
 * Compresses a rotated file, then deletes it. The compressed file is synced before it gets its name, by rename. So
 * after a kill at any instant there is a whole file of one kind, or of both.
 *
 * @throws the system's error; the rotated file is unchanged then
 */
export async function compressFile(path: string, compression: Compression, signal: AbortSignal): Promise<void> {
  const target = compressedName(path, compression)
  const partial = `${target}${PARTIAL_SUFFIX}`
  const { mode, atime, mtime } = await stat(path)
  await rm(partial, { force: true })
  try {
    const sink = createWriteStream(partial, { flags: 'wx', mode: mode & 0o777, flush: true })
    await pipeline(createReadStream(path), compressor(compression), sink, { signal })
    await chmod(partial, mode & 0o777)
    // The age of the records decides how long the file is kept.
    await utimes(partial, atime, mtime)
    await rename(partial, target)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
  await unlink(path)
}

function compressor(compression: Compression): Transform {
  if (compression === 'gzip') return zlib.createGzip()
  // Node.js has zstd from 22.15 on. The transport refuses the option where it is missing.
  const { createZstdCompress } = zlib as { createZstdCompress?: () => Transform }
  if (!createZstdCompress) throw new Error(`Node.js ${process.version} has no zstd; it came with 22.15`)
  return createZstdCompress()
}
