import { systemCode } from '@pino-funnel/channel'
import { write } from 'node:fs'
import { Writable } from 'node:stream'

const STDOUT = 1
/** The application may have made its stdout non-blocking, and its reader may be slow. */
const RETRY_MS = 10

/**
 * The built-in target: lines as they are, to file descriptor 1. By write(2) in a thread of Node's pool: process.stdout of
 * a worker thread goes through the main one, which would be held up by a slow reader.
 */
export function stdoutTarget(): Writable {
  return new Writable({
    highWaterMark: 64 * 1024,
    write(bytes: Buffer, _encoding, callback) {
      writeAll(bytes, callback)
    },
  })
}

function writeAll(bytes: Buffer, callback: (error?: Error | null) => void): void {
  write(STDOUT, bytes, (error, written) => {
    if (error && systemCode(error) === 'EAGAIN') setTimeout(() => writeAll(bytes, callback), RETRY_MS)
    else if (error || written === bytes.length) callback(error)
    else writeAll(bytes.subarray(written), callback)
  })
}
