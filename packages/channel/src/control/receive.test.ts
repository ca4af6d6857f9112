import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { receive } from './receive.ts'

/** A socket that is connected to nothing: what `arrives` is what a peer would have sent. */
function listen(onMessage: (text: string, socket: Socket) => void = () => {}): {
  socket: Socket
  arrives: (text: string) => void
  messages: string[]
  errors: unknown[]
} {
  const socket = new Socket()
  const messages: string[] = []
  const errors: unknown[] = []
  const parse = (text: string): string => {
    if (text === 'nonsense') throw new Error('made up by the test')
    return text.toUpperCase()
  }
  receive(
    socket,
    20,
    parse,
    (text) => {
      messages.push(text)
      onMessage(text, socket)
    },
    (error) => errors.push(error),
  )
  return { socket, messages, errors, arrives: (text) => socket.emit('data', Buffer.from(text)) }
}

describe('receive', () => {
  test('should hand over each message, parsed, when chunks end anywhere', () => {
    const { socket, messages, errors, arrives } = listen()
    arrives('one\ntw')
    arrives('o\n')
    expect(messages).toEqual(['ONE', 'TWO'])
    expect(errors).toEqual([])
    expect(socket.destroyed, 'the connection is closed').toBe(false)
  })

  test.each(['nonsense\n', 'x'.repeat(21)])('should close the connection and say why when %j comes', (text) => {
    const { socket, messages, errors, arrives } = listen()
    arrives('one\n')
    arrives(`${text}two\n`)
    expect(messages).toEqual(['ONE'])
    expect(errors).toEqual([expect.any(Error)])
    expect(socket.destroyed, 'the connection is closed').toBe(true)
  })

  test('should hand over nothing more when the connection was closed in the middle of a chunk', () => {
    const { messages, errors, arrives } = listen((text, socket) => {
      if (text === 'BYE') socket.destroy()
    })
    arrives('one\nbye\nnonsense\ntwo\n')
    expect(messages).toEqual(['ONE', 'BYE'])
    expect(errors).toEqual([])
  })
})
