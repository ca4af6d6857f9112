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
  type Channel,
  type Reply,
  type Request,
} from '@pino-funnel/channel'

const HELLO: Request = { type: 'hello', version: PROTOCOL_VERSION, role: 'observer' }

/** A listener that lives answers at once; one that is stopped (SIGSTOP) never does. */
const ANSWER_MS = 5000

/** The epoch of the listener that is alive, `undefined` when there is none. */
export async function findListener(channel: Channel): Promise<number | undefined> {
  const epoch = readListenerRecord(channel)?.epoch
  if (epoch === undefined) return undefined
  const evidence = await proveLife(channel.root, listenerSocketName(epoch))
  if (evidence.life !== 'alive') return undefined
  evidence.socket?.destroy()
  return epoch
}

/**
 * Asks the listener something.
 *
 * @returns the answer, or `undefined` when it has gone meanwhile or doesn't answer
 */
export function ask<T extends Reply['type']>(
  channel: Channel,
  epoch: number,
  question: Request,
  answer: T,
): Promise<Extract<Reply, { type: T }> | undefined> {
  return new Promise((resolve) => {
    const socket = connectTo(channel.root, listenerSocketName(epoch))
    const timer = setTimeout(() => socket.destroy(), ANSWER_MS)
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(undefined)
    })
    receive(
      socket,
      MAX_REPLY_BYTES,
      parseReply,
      (reply) => {
        if (!isAnswer(reply, answer)) return
        resolve(reply)
        socket.destroy()
      },
      () => {},
    )
    socket.write(encodeMessage(HELLO))
    socket.write(encodeMessage(question))
  })
}

function isAnswer<T extends Reply['type']>(reply: Reply, type: T): reply is Extract<Reply, { type: T }> {
  return reply.type === type
}

/** Tells the listener something that has no answer. Resolves when it has read it, or has gone. */
export function tell(channel: Channel, epoch: number, message: Request): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTo(channel.root, listenerSocketName(epoch))
    socket.on('error', () => {})
    socket.on('close', () => resolve())
    socket.resume()
    socket.write(encodeMessage(HELLO))
    socket.end(encodeMessage(message))
  })
}

/** A listener that is being watched. */
export interface ListenerWatch {
  /** Resolves when it has gone. */
  readonly gone: Promise<void>
  /** Watches it no longer. */
  close(): void
}

/** Watches the listener of an epoch, by a connection that ends when it does. */
export function watchListener(channel: Channel, epoch: number): ListenerWatch {
  const socket = connectTo(channel.root, listenerSocketName(epoch))
  socket.on('error', () => {})
  socket.write(encodeMessage(HELLO))
  socket.resume()
  return {
    gone: new Promise((resolve) => socket.on('close', () => resolve())),
    close: () => socket.destroy(),
  }
}
