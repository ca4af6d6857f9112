import type { Socket } from 'node:net'
import { MessageDecoder } from './message-decoder.ts'

/**
 * Hands each message that arrives on a socket to `onMessage`, parsed. A message that is too long or can't be parsed
 * closes the connection, and is given to `onInvalid`.
 */
export function receive<Message>(
  socket: Socket,
  limit: number,
  parse: (text: string) => Message,
  onMessage: (message: Message) => void,
  onInvalid: (error: unknown) => void,
): void {
  const decoder = new MessageDecoder(limit)
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const text of decoder.push(chunk)) {
        if (socket.destroyed) return
        onMessage(parse(text))
      }
    } catch (error) {
      socket.destroy()
      onInvalid(error)
    }
  })
}
