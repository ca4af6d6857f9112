import { systemCode } from '@pino-funnel/channel'
import { write } from 'node:fs'
import { Writable } from 'node:stream'

/** Bytes that may wait in the stream. */
const HELD_BYTES = 64 * 1024
/**
 * Pause while the descriptor is full. The application may have made its stdout non-blocking, and its reader be slow.
 */
const RETRY_MS = 10

/**
 * Writes to a descriptor by write(2), in a thread of Node's pool. process.stdout would make the pipe non-blocking for
 * the application as well, which shares it, and a slow reader would hold up this process's main thread.
 */
export function descriptorStream(descriptor: number): Writable {
  return new Writable({
    highWaterMark: HELD_BYTES,
    write(bytes: Buffer, _encoding, callback) {
      writeAll(descriptor, bytes, callback)
    },
  })
}

function writeAll(descriptor: number, bytes: Buffer, callback: (error?: Error | null) => void): void {
  write(descriptor, bytes, (error, written) => {
    if (error && systemCode(error) === 'EAGAIN') setTimeout(() => writeAll(descriptor, bytes, callback), RETRY_MS)
    else if (error || written === bytes.length) callback(error)
    else writeAll(descriptor, bytes.subarray(written), callback)
  })
}
