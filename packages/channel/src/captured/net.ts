/**
 * Sockets as Node.js had them when this module was loaded. Methods are captured, not the functions that call them:
 * instrumentations and tests without a network replace the one or the other.
 */
import type * as Net from 'node:net'
import type { ListenOptions, NetConnectOpts, Server, Socket } from 'node:net'

const net: typeof Net = process.getBuiltinModule('node:net')
const connect = net.Socket.prototype.connect as (this: Socket, options: NetConnectOpts) => Socket
const listen = net.Server.prototype.listen as (this: Server, options: ListenOptions) => Server

export function connectSocket(path: string): Socket {
  return connect.call(new net.Socket(), { path })
}

/** A socket that can't be connected, and says why. */
export function failedSocket(error: Error): Socket {
  return new net.Socket().destroy(error)
}

export const createServer: typeof net.createServer = net.createServer

/** What `listen` itself calls once it knows that this process is to listen. Its name is old, and has stayed. */
const listenHere: unknown = Reflect.get(net.Server.prototype, '_listen2')

/**
 * Listens in this very process, at once: `server.listening` says whether that went well.
 *
 * By default a cluster worker's server would be its primary's. `exclusive` keeps it; but `listen` loads node:cluster to
 * find out, and with it node:child_process and node:dgram: 3 ms and 300 KB in each thread that logs.
 */
export function listenOn(server: Server, path: string): void {
  if (typeof listenHere === 'function') Reflect.apply(listenHere, server, [path, -1, -1])
  else listen.call(server, { path, exclusive: true })
}
