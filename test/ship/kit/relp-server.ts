/**
 * A server that speaks RELP in the place of rsyslog. It checks each frame, and that each message is one of RFC 5424 with
 * the id of its record.
 */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

const MESSAGE = /^<\d{1,3}>1 \S+ \S+ \S+ \S+ \S+ \[funnel@32473 id="([0-9a-f]+-\d+)"\] (.*)$/s

/** What it does with the next message: stores it and hangs up, hangs up, or answers with an error and stores nothing. */
export type RelpMishap = 'stores and hangs up' | 'hangs up' | 'answers 500'

export class RelpServer {
  readonly messages: { readonly id: string; readonly text: string; readonly head: string }[] = []
  readonly mistakes: string[] = []
  readonly #mishaps: RelpMishap[] = []
  readonly #sockets = new Set<Socket>()
  readonly #server: Server = createServer((socket) => this.#take(socket))

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    onTestFinished(() => {
      for (const socket of this.#sockets) socket.destroy()
      this.#server.close()
    })
    return this
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  meets(...mishaps: readonly RelpMishap[]): void {
    this.#mishaps.push(...mishaps)
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    let rest = Buffer.alloc(0)
    let expected = 1
    socket.on('data', (piece: Buffer) => {
      rest = Buffer.concat([rest, piece])
      for (;;) {
        const head = /^(\d+) (\w+) (\d+)([ \n])/.exec(rest.toString('latin1', 0, 64))
        if (!head) return
        const [text, number, command = '', length] = head
        const end = text.length + Number(length)
        const isEmpty = Number(length) === 0
        if (!isEmpty && rest.length <= end) return
        const data = isEmpty ? '' : rest.toString('utf8', text.length, end)
        if (!isEmpty && rest[end] !== 0x0a) this.mistakes.push('a frame has no end')
        if (Number(number) !== expected) this.mistakes.push(`a frame has the number ${number}, not ${expected}`)
        expected += 1
        rest = rest.subarray(isEmpty ? text.length : end + 1)
        this.#answer(socket, Number(number), command, data)
      }
    })
  }

  #answer(socket: Socket, number: number, command: string, data: string): void {
    const respond = (text: string): void => void socket.write(`${number} rsp ${Buffer.byteLength(text)} ${text}\n`)
    if (socket.destroyed) return
    if (command === 'open') return respond('200 OK\nrelp_version=0\ncommands=syslog')
    if (command === 'close') return void socket.end(`${number} rsp 0\n0 serverclose 0\n`)
    if (command !== 'syslog') this.mistakes.push(`a frame has the command ${command}`)
    const mishap = this.#mishaps.shift()
    if (mishap === 'hangs up') return void socket.destroy()
    if (mishap === 'answers 500') return respond('500 disk full')
    const [, id, text] = MESSAGE.exec(data) ?? []
    if (id === undefined || text === undefined) this.mistakes.push(`a message is ${data}`)
    else this.messages.push({ id, text, head: data.slice(0, data.indexOf('[')) })
    if (mishap === 'stores and hangs up') socket.destroy()
    else respond('200 OK')
  }
}
