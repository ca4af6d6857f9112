import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { noConnection } from '../../engine/trouble.ts'
import { encodeFrame, FrameDecoder, numberAfter, type Frame } from './relp-frames.ts'

/** Messages without an answer, at most: that many are sent again when a connection breaks. */
const WINDOW = 128
const OFFER = 'relp_version=0\nrelp_software=pino-funnel\ncommands=syslog'
const OK = /^200\b/

export interface RelpAddress {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Ms without an answer, after which the server counts as gone. */
  readonly timeout: number
}

interface Pending {
  answered(this: void, data: string): void
  failed(this: void, error: Error): void
}

/** A connection to a server that speaks RELP. Its first trouble ends it. */
export class RelpSession {
  readonly #socket: Socket
  readonly #decoder = new FrameDecoder()
  readonly #pending = new Map<number, Pending>()
  #number = 0
  #trouble: Error | undefined

  private constructor(socket: Socket, { host, port, timeout }: RelpAddress) {
    this.#socket = socket
    socket.on('data', (piece: Buffer) => this.#read(piece))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error(`${host}:${port} closed the connection`)))
    socket.on('timeout', () => {
      // Between batches nothing is to be answered.
      if (this.#pending.size > 0) this.#fail(new Error(`${host}:${port} gave no answer within ${timeout} ms`))
    })
  }

  /** @throws the system's error; Error when the server does not take messages */
  static async open(address: RelpAddress): Promise<RelpSession> {
    const { host, port, tls, timeout } = address
    const socket = tls ? connectSecurely({ host, port, servername: host }) : connect({ host, port })
    try {
      await connected(socket, address)
      socket.setTimeout(timeout)
      const session = new RelpSession(socket, address)
      await session.#ask('open', OFFER)
      return session
    } catch (error) {
      socket.on('error', () => {})
      socket.destroy()
      throw error
    }
  }

  /** Sends messages, and waits until the server has all of them. @throws Error at the first one that it does not take */
  async send(messages: readonly string[]): Promise<void> {
    const answers: Promise<void>[] = []
    for (const message of messages) {
      if (answers.length >= WINDOW) await answers[answers.length - WINDOW]
      const answer = this.#ask('syslog', message)
      // It is awaited below.
      answer.catch(() => {})
      answers.push(answer)
    }
    await Promise.all(answers)
  }

  close(): void {
    if (!this.#trouble) this.#socket.end(encodeFrame({ number: numberAfter(this.#number), command: 'close', data: '' }))
    this.#fail(new Error('The connection is closed'))
  }

  #ask(command: string, data: string): Promise<void> {
    if (this.#trouble) return Promise.reject(this.#trouble)
    const number = (this.#number = numberAfter(this.#number))
    return new Promise((resolve, reject) => {
      this.#pending.set(number, {
        answered: (answer) => (OK.test(answer) ? resolve() : reject(new Error(`The server answered: ${answer}`))),
        failed: reject,
      })
      this.#socket.write(encodeFrame({ number, command, data }))
    })
  }

  #read(piece: Buffer): void {
    try {
      for (const frame of this.#decoder.add(piece)) this.#take(frame)
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #take({ number, command, data }: Frame): void {
    if (command === 'serverclose') throw new Error('The server closes the connection')
    const pending = this.#pending.get(number)
    if (command !== 'rsp' || !pending) throw new Error(`The server sent '${number} ${command}', which answers nothing`)
    this.#pending.delete(number)
    pending.answered(data)
  }

  #fail(error: Error): void {
    this.#trouble ??= error
    for (const { failed } of this.#pending.values()) failed(this.#trouble)
    this.#pending.clear()
    this.#socket.destroySoon()
  }
}

async function connected(socket: Socket, { host, port, tls, timeout }: RelpAddress): Promise<void> {
  const late = AbortSignal.timeout(timeout)
  try {
    await once(socket, tls ? 'secureConnect' : 'connect', { signal: late })
  } catch (error) {
    throw late.aborted
      ? new Error(`${host}:${port} took no connection within ${timeout} ms`)
      : noConnection([`${host}:${port}`], error)
  }
}
