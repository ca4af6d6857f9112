/** Talks to the listener of a channel over its control socket, as an observer: one connection for each question. */
import {
  connectTo,
  encodeMessage,
  listenerSocketName,
  MAX_REPLY_BYTES,
  parseReply,
  PROTOCOL_VERSION,
  proveLife,
  readListenerRecord,
  receive,
  systemCode,
  type Channel,
  type Reply,
  type Request,
} from '@pino-funnel/channel'

export const HELLO: Request = { type: 'hello', version: PROTOCOL_VERSION, role: 'observer' }

/** How long a listener has to answer. One that runs answers at once; one that is stopped (SIGSTOP) never does. */
export const ANSWER_MS = 5000

/** @returns the epoch of the live listener, `undefined` without one */
export async function findListener(channel: Channel): Promise<number | undefined> {
  const epoch = readListenerRecord(channel)?.epoch
  if (epoch === undefined) return undefined
  const evidence = await proveLife(channel.directory, listenerSocketName(epoch))
  if (evidence.life !== 'alive') return undefined
  evidence.socket?.destroy()
  return epoch
}

/**
 * Sends a request to the listener and waits for the reply.
 *
 * @returns the reply, or `undefined` when the listener ends before it replies, or does not reply in time
 */
export function ask<T extends Reply['type']>(
  channel: Channel,
  epoch: number,
  request: Request,
  replyType: T,
  signal?: AbortSignal,
): Promise<Extract<Reply, { type: T }> | undefined> {
  return new Promise((resolve) => {
    const socket = connectTo(channel.directory, listenerSocketName(epoch))
    const timer = setTimeout(() => socket.destroy(), ANSWER_MS)
    const giveUp = (): void => void socket.destroy()
    if (signal?.aborted === true) giveUp()
    signal?.addEventListener('abort', giveUp, { once: true })
    socket.on('error', () => {})
    socket.on('close', () => {
      signal?.removeEventListener('abort', giveUp)
      clearTimeout(timer)
      resolve(undefined)
    })
    receive(
      socket,
      MAX_REPLY_BYTES,
      parseReply,
      (reply) => {
        if (!isOfType(reply, replyType)) return
        resolve(reply)
        socket.destroy()
      },
      () => {},
    )
    socket.write(encodeMessage(HELLO))
    socket.write(encodeMessage(request))
  })
}

function isOfType<T extends Reply['type']>(reply: Reply, type: T): reply is Extract<Reply, { type: T }> {
  return reply.type === type
}

/**
 * Sends a request that has no reply.
 *
 * @returns whether the listener has read it, or has ended: `false` for one that is stopped, or hangs
 */
export function notify(channel: Channel, epoch: number, request: Request, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTo(channel.directory, listenerSocketName(epoch))
    const settle = (isRead: boolean): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      resolve(isRead)
      socket.destroy()
    }
    const giveUp = (): void => settle(false)
    const timer = setTimeout(giveUp, ANSWER_MS)
    socket.on('error', (error) => {
      // Its queue of connections is full: it accepts none.
      if (systemCode(error) === 'EAGAIN') settle(false)
    })
    socket.on('close', () => settle(true))
    if (signal?.aborted === true) return giveUp()
    signal?.addEventListener('abort', giveUp, { once: true })
    socket.resume()
    socket.write(encodeMessage(HELLO))
    socket.end(encodeMessage(request))
  })
}

export interface ListenerWatch {
  /** Resolves when the listener has ended. */
  readonly ended: Promise<void>
  /** Stops watching. */
  close(): void
}

/** Watches a listener by a connection, which ends when the listener ends. */
export function watchListener(channel: Channel, epoch: number): ListenerWatch {
  const socket = connectTo(channel.directory, listenerSocketName(epoch))
  socket.on('error', () => {})
  socket.write(encodeMessage(HELLO))
  socket.resume()
  return {
    ended: new Promise((resolve) => socket.on('close', () => resolve())),
    close: () => socket.destroy(),
  }
}
