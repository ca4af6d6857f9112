import { closeSync, existsSync, openSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { FunnelError } from '../util/errors.ts'

/**
 * `sun_path` holds 108 bytes on Linux and 104 on macOS, and Node 20 cuts longer paths silently, so that two channels
 * could end up sharing one socket. We stay below both.
 */
const MAX_SOCKET_PATH_BYTES = 100

/**
 * Calls `use` with a path for the socket `name` in `directory` that is short enough for the kernel.
 *
 * A long path goes by `/proc/self/fd/<directory>/<name>` on Linux. The path is valid during the call only, so `use`
 * must bind or connect before it returns, as `server.listen()` and `net.connect()` do for Unix sockets.
 *
 * @throws FunnelError `FUNNEL_SOCKET_PATH_TOO_LONG` where there is no /proc
 */
export function withSocketAddress<T>(directory: string, name: string, use: (path: string) => T): T {
  const path = join(directory, name)
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return use(path)
  if (!existsSync('/proc/self/fd')) {
    throw new FunnelError(
      'FUNNEL_SOCKET_PATH_TOO_LONG',
      `The socket path ${path} has ${Buffer.byteLength(path)} bytes, and this system allows ${MAX_SOCKET_PATH_BYTES}. ` +
        `Set the option 'channelDir' to a shorter path.`,
    )
  }
  const descriptor = openSync(directory, 'r')
  try {
    return use(`/proc/self/fd/${descriptor}/${name}`)
  } finally {
    closeSync(descriptor)
  }
}
