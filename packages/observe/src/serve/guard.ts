/**
 * Decides which requests are answered. A server on the loopback address can be reached by every user of the machine, and
 * by every page that is open in a browser there.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Names under which a browser reaches a server on this machine. Another one may lead here by DNS, for its own pages. */
const OWN_NAMES = ['127.0.0.1', 'localhost', '[::1]']
const BEARER = /^Bearer (?<token>\S{1,200})$/

/** 128 random bits. */
export function newToken(): string {
  return randomBytes(16).toString('base64url')
}

export class Guard {
  readonly #token: Buffer

  constructor(token: string) {
    this.#token = digestOf(token)
  }

  /** Whether a request was sent to this machine under a name of its own, and not by the page of another server. */
  isLocal({ headers, socket }: IncomingMessage): boolean {
    const own = OWN_NAMES.map((name) => `${name}:${socket.localPort}`)
    const { host, origin } = headers
    return own.includes(host ?? '') && (origin === undefined || own.some((name) => origin === `http://${name}`))
  }

  /** Whether a request has the token. The comparison takes equally long for each other one. */
  hasToken({ headers }: IncomingMessage): boolean {
    const token = BEARER.exec(headers.authorization ?? '')?.groups?.['token']
    return token !== undefined && timingSafeEqual(digestOf(token), this.#token)
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
