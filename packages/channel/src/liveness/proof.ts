/**
 * Proof of life and death by the kernel.
 *
 * Each participant in a channel (the listener, each writer) listens on a Unix socket of its own for as long as it
 * lives. The kernel closes the socket after the last thread of the process has left it, whatever killed the process.
 * From then on a connect is refused, for ever, since names are never reused. So:
 *
 * - connected (or the backlog is full, EAGAIN): alive, be it stopped, frozen or in an endless loop
 * - refused: dead, and none of its system calls is still under way
 * - anything else proves nothing
 *
 * What always holds in this room: no pid, no clock and no timeout takes part in a proof. Source: the election proof,
 * docs/protocol.md.
 *
 * `exclusive` keeps a cluster worker's socket in the worker: by default its primary would hold it, and outlive it.
 */
import { chmodSync, closeSync, existsSync, openSync, unlinkSync } from '../captured/fs.ts'
import type { Server, Socket } from 'node:net'
import { connectSocket, createServer, failedSocket, listenOn } from '../captured/net.ts'
import { join } from 'node:path'
import { FunnelError, systemCode } from '../util/errors.ts'
import { systemCure } from '../util/system-cure.ts'
import { withSocketAddress } from './socket-address.ts'

const NEEDED = `The channel needs a local file system that can hold sockets; see the option 'channelDir'.`

/**
 * Starts to listen at once: when this returns, connects succeed, also while this thread never yields.
 * The server doesn't keep the process alive unless `ref()` is called.
 *
 * @throws FunnelError `FUNNEL_SOCKET_UNUSABLE` when the file system takes no socket
 */
export function listenAlive(directory: string, name: string, onConnection: (socket: Socket) => void): Server {
  const server = createServer(onConnection)
  // Comes in a later turn, when the failure has been reported already.
  server.on('error', () => {})
  const listening = withSocketAddress(directory, name, (path) => {
    listenOn(server, path)
    return server.listening && canBeReached(path)
  })
  server.unref()
  if (!listening) {
    server.close()
    throw new FunnelError(
      'FUNNEL_SOCKET_UNUSABLE',
      `Can't listen on the Unix socket ${name} in ${directory}: ${obstacle(directory, name)}`,
    )
  }
  return server
}

/**
 * A umask of 0777 would keep even this user from connecting, and a writer that can't be connected to would seem to be
 * alive for ever.
 */
function canBeReached(path: string): boolean {
  try {
    chmodSync(path, 0o600)
    return true
  } catch {
    return false
  }
}

/** Node.js reports why a listen failed only in a later turn. This finds the likely reason now: a file fails as it did. */
function obstacle(directory: string, name: string): string {
  const path = join(directory, name)
  if (existsSync(path)) return `the name is taken, or its permissions can't be set. ${NEEDED}`
  try {
    closeSync(openSync(path, 'wx'))
    unlinkSync(path)
  } catch (error) {
    return `${String(error)}.${systemCure(error) || ` ${NEEDED}`}`
  }
  return `the file system takes no sockets. ${NEEDED}`
}

/** What a connect to a participant's socket has shown. */
export type Evidence =
  | { readonly life: 'alive'; readonly socket: Socket | undefined }
  | { readonly life: 'dead' }
  | { readonly life: 'absent' }
  | { readonly life: 'unknown'; readonly cause: Error }

/**
 * Asks the kernel about the owner of a socket. An `alive` answer carries the open connection where there is one: its
 * end is the sign to ask again. The caller owns it.
 */
export function proveLife(directory: string, name: string): Promise<Evidence> {
  return new Promise((resolve) => {
    const socket = connectTo(directory, name)
    const onError = (error: Error): void => {
      // It died before it accepted the connection. That proves nothing, but the next connect will.
      if (systemCode(error) === 'ECONNRESET') resolve(proveLife(directory, name))
      else resolve(judge(error))
    }
    socket.once('error', onError)
    socket.once('connect', () => {
      socket.off('error', onError)
      // A connection that is reset later is an ending, not an error.
      socket.on('error', () => {})
      resolve({ life: 'alive', socket })
    })
  })
}

/** Opens a connection to a socket in a channel; errors come as the socket's `error` event. */
export function connectTo(directory: string, name: string): Socket {
  try {
    return withSocketAddress(directory, name, connectSocket)
  } catch (error) {
    // The directory of a long path is opened first, and that may fail.
    return failedSocket(error instanceof Error ? error : new Error(String(error)))
  }
}

function judge(error: Error): Evidence {
  switch (systemCode(error)) {
    case 'ECONNREFUSED':
      return { life: 'dead' }
    case 'ENOENT':
      return { life: 'absent' }
    case 'EAGAIN':
      return { life: 'alive', socket: undefined }
    default:
      return { life: 'unknown', cause: error }
  }
}
