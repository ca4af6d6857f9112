import {
  encodeMessage,
  MAX_REPLY_BYTES,
  parseReply,
  PROTOCOL_VERSION,
  receive,
  type Reply,
  type Request,
} from '@pino-funnel/channel'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { patience, temporaryDirectory, until } from '../testing/channel.test-kit.ts'
import { ControlServer, type ControlHandler } from './control-server.ts'

vi.mock('./open-files.ts', () => ({ shares: { sockets: 3, visitors: 1 } }))

/** @returns connects a client, which says hello */
async function serve(): Promise<(hello: object) => { socket: Socket; replies: Reply[] }> {
  const nothing = (): void => {}
  const writers = { connected: nothing, disconnected: nothing }
  const control = new ControlServer({ epoch: 1, writers, report: nothing } as unknown as ControlHandler)
  const server = createServer((socket) => control.accept(socket))
  const path = join(temporaryDirectory(), 'socket')
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(() => {
    control.close()
    server.close()
  })
  return (hello) => {
    const socket = connect(path)
    socket.on('error', nothing)
    onTestFinished(() => void socket.destroy())
    const replies: Reply[] = []
    receive(socket, MAX_REPLY_BYTES, parseReply, (reply) => replies.push(reply), nothing)
    socket.write(encodeMessage({ type: 'hello', version: PROTOCOL_VERSION, ...hello } as Request))
    return { socket, replies }
  }
}

test('writers should not take the last connections, which visitors need', patience, async () => {
  const sayHello = await serve()
  const writer = (digit: string): object => ({ role: 'writer', mailbox: digit.repeat(32) })
  const [first, second] = [sayHello(writer('1')), sayHello(writer('2'))]
  await until(() => first.replies.length > 0 && second.replies.length > 0, 'two writers to be welcome')

  const third = sayHello(writer('3'))
  await until(() => third.socket.closed, 'the third writer to be refused')
  expect(third.replies).toEqual([])
  const candidate = sayHello({ role: 'candidate' })
  await until(() => candidate.replies.length > 0, 'the candidate to be welcome')

  first.socket.destroy()
  candidate.socket.destroy()
  let fourth = sayHello(writer('4'))
  await until(() => {
    if (fourth.socket.closed) fourth = sayHello(writer('4'))
    return fourth.replies.length > 0
  }, 'a writer to be welcome in the place of the first')
})
