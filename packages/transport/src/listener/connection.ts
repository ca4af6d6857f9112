import {
  connectTo,
  listenerSocketName,
  MAX_REPLY_BYTES,
  parseReply,
  receive,
  systemCode,
  type Channel,
  type Reply,
} from '@pino-funnel/channel'
import type { Socket } from 'node:net'

export interface ConnectionEvents {
  /** What is sent meanwhile comes in one piece. The listener waits for ends of children until this worker has said hello. */
  connected(socket: Socket): void
  failed(error: Error): void
  closed(socket: Socket): void
  reply(reply: Reply): void
}

/** A connection to the listener of an epoch. It keeps no process alive. */
export function connectToListener(channel: Channel, epoch: number, events: ConnectionEvents): Socket {
  const socket = connectTo(channel.directory, listenerSocketName(epoch))
  socket.unref()
  socket.on('connect', () => {
    socket.cork()
    events.connected(socket)
    socket.uncork()
  })
  socket.on('error', (error) => events.failed(error))
  socket.on('close', () => events.closed(socket))
  receive(
    socket,
    MAX_REPLY_BYTES,
    parseReply,
    (reply) => events.reply(reply),
    () => {},
  )
  return socket
}

/** @param error - of a connection that has failed */
export function meansNoListener(error: Error): boolean {
  return ['ECONNREFUSED', 'ENOENT'].includes(systemCode(error) ?? '')
}
