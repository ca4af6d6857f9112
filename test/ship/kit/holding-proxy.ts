import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Stands between a shipper and a server, and holds back what the shipper sends: the network that delivers late. */
export class HoldingProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #servers = new Set<Socket>()
  /** Connections that are held: the way to the server, and what is not delivered yet. */
  readonly #held = new Map<Socket, Buffer[]>()
  /** What the server has sent on connections that were released. */
  answer = ''

  private constructor(port: number) {
    this.#server = createServer((client) => this.#connect(client, port))
  }

  /** @param port - of the server */
  static async to(port: number): Promise<HoldingProxy> {
    const proxy = new HoldingProxy(port)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    onTestFinished(() => {
      for (const socket of proxy.#sockets) socket.destroy()
      proxy.#server.close()
    })
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** What is held back. */
  get held(): string {
    return Buffer.concat([...this.#held.values()].flat()).toString('latin1')
  }

  /** From now on, what is sent on the connections that there are is kept. Later connections are not held. */
  hold(): void {
    for (const server of this.#servers) this.#held.set(server, [])
  }

  /** Delivers what was kept, although its sender may be gone. */
  release(): void {
    for (const [server, pieces] of this.#held) {
      server.on('data', (piece: Buffer) => (this.answer += piece.toString('latin1')))
      for (const piece of pieces) server.write(piece)
    }
    this.#held.clear()
  }

  #connect(client: Socket, port: number): void {
    const server = connect(port, '127.0.0.1')
    this.#servers.add(server)
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
    }
    client.on('data', (piece: Buffer) => {
      const held = this.#held.get(server)
      if (held) held.push(piece)
      else server.write(piece)
    })
    server.on('data', (piece: Buffer) => client.write(piece))
    server.on('close', () => client.destroy())
    // A held connection outlives its client.
    client.on('close', () => {
      if (!this.#held.has(server)) server.end()
    })
  }
}
