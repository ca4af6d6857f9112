import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'

export interface Request {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * What the server does with one request, instead of what it usually does.
 *
 * - an answer: stores nothing
 * - `stores and answers never`, `stores and hangs up`: the client does not know that it was stored
 * - `answers never`, `hangs up`: stores nothing
 */
export type Mishap = Answer | 'stores and answers never' | 'stores and hangs up' | 'answers never' | 'hangs up'

/**
 * A server in the place of an engine. It is not the engine: it checks each request against the engine's published
 * interface, and remembers what it has stored.
 */
export abstract class FakeServer {
  /** Requests that it has got, and whether it stored them. */
  readonly requests: Request[] = []
  /** What is wrong with requests. */
  readonly mistakes: string[] = []
  readonly #server: Server
  readonly #mishaps: Mishap[] = []

  constructor() {
    this.#server = createServer((request, response) => {
      // A client that gives up in the middle of its request has sent none.
      this.#take(request, response).catch((error: unknown) => {
        if (request.complete) throw error
      })
    })
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    onTestFinished(() => {
      this.#server.closeAllConnections()
      this.#server.close()
    })
    return this
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** What happens to the next requests, one each. */
  meets(...mishaps: readonly Mishap[]): void {
    this.#mishaps.push(...mishaps)
  }

  /** Checks a request, stores it, and answers. */
  protected abstract store(request: Request): Answer

  protected check(isRight: boolean, mistake: string): void {
    if (!isRight) this.mistakes.push(mistake)
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const sent = Buffer.concat(pieces)
    const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString()
    const taken = { path: request.url ?? '', headers: request.headers, body }
    this.requests.push(taken)
    this.check(request.method === 'POST', `the method is ${request.method}`)
    const mishap = this.#mishaps.shift()
    if (typeof mishap === 'object') return answer(response, mishap)
    if (mishap === 'answers never') return
    if (mishap === 'hangs up') return void request.socket.destroy()
    const usual = this.store(taken)
    if (mishap === 'stores and answers never') return
    if (mishap === 'stores and hangs up') request.socket.destroy()
    else answer(response, usual)
  }
}

function answer(response: ServerResponse, { status, body = '', headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
}

/** Names of an object that are not among those that it may have. */
export function unknownNames(value: object, allowed: readonly string[]): string[] {
  return Object.keys(value).filter((name) => !allowed.includes(name))
}
