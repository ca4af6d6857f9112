import { systemCode } from '@pino-funnel/channel'
import { write } from 'node:fs'
import { Writable } from 'node:stream'

const HELD_BYTES = 64 * 1024
/** The application may have made its stdout non-blocking, and its reader may be slow. */
const RETRY_MS = 10

/**
 * Writes to a descriptor by write(2), in a thread of Node's pool. process.stdout would make a pipe non-blocking, which
 * the application's stdout is shared with, and a slow reader would hold up the thread that it belongs to.
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
