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

/** By default a cluster worker's server would be its primary's: `exclusive` keeps it. */
export function listenOn(server: Server, path: string): void {
  listen.call(server, { path, exclusive: true })
}
