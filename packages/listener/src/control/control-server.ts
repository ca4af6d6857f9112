/**
 * The control connections: which client may send which message in which order.
 *
 * What always holds in this room: a client that breaks the rules is dropped, and its message has no effect.
 */
import {
  encodeMessage,
  MAX_REPLY_BYTES,
  MAX_REQUEST_BYTES,
  parseRequest,
  PROTOCOL_VERSION,
  receive,
  type ChildEnd,
  type LevelReport,
  type ListenerStatus,
  type Reply,
  type Request,
  type Rotated,
} from '@pino-funnel/channel'
import type { Socket } from 'node:net'
import type { Connection, PendingFlush } from './connection.ts'
import { shares } from './open-files.ts'

/** What writers say. Each is known by the id of its mailbox. */
export interface WriterHandler {
  connected(mailbox: string, connection: Connection): void
  /** The connection has ended; the writer may have another one. */
  disconnected(mailbox: string, connection: Connection): void
  ring(mailbox: string): void
  flush(mailbox: string, flush: PendingFlush): void
  /** The event loop of the writer has turned. */
  pong(mailbox: string): void
  /** A child of the writer has ended. */
  childEnded(mailbox: string, end: ChildEnd): void
  /** The writer has read the orders of levels. */
  follows(mailbox: string, question: number, report: LevelReport): void
}

/** What the control server asks of the listener. */
export interface ControlHandler {
  readonly epoch: number
  readonly writers: WriterHandler
  reopen(): void
  /** Lets the workers read the orders of levels. */
  levels(): void
  /** @param file - name of the log file to rotate, `null` for all */
  rotate(file: string | null): Rotated[]
  status(): ListenerStatus
  /** @returns how many mailboxes still hold the listener up */
  stop(): number
  report(message: string): void
}

/** A client says hello at once. A worker that is stopped in between finds its connection gone, and connects again. */
const HELLO_MS = 5000

/** What a client may leave unread before it gets more: each message of the listener fits. */
const MAX_UNREAD_BYTES = MAX_REPLY_BYTES

export class ControlServer {
  readonly #handler: ControlHandler
  readonly #sessions = new Map<Socket, Session>()
  #writers = 0

  constructor(handler: ControlHandler) {
    this.#handler = handler
  }

  accept(socket: Socket): void {
    if (this.#sessions.size >= shares.sockets) {
      socket.destroy()
      return
    }
    const session = new Session(socket, this.#handler, () => this.#admitWriter())
    this.#sessions.set(socket, session)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sessions.delete(socket)
      if (session.isOfWriter) this.#writers -= 1
      session.end()
    })
    receive(
      socket,
      MAX_REQUEST_BYTES,
      parseRequest,
      (request) => session.handle(request),
      (error) => this.#handler.report(`a control connection was closed: ${String(error)}`),
    )
  }

  /** A worker beyond its share is read at fallback polls, and must not keep visitors out. */
  #admitWriter(): boolean {
    if (this.#writers >= shares.sockets - shares.visitors) return false
    this.#writers += 1
    return true
  }

  close(): void {
    for (const socket of this.#sessions.keys()) socket.destroy()
  }
}

type SessionState =
  | { readonly name: 'silent'; readonly deadline: NodeJS.Timeout }
  | { readonly name: 'writer'; readonly mailbox: string }
  | { readonly name: 'visitor' }

class Session implements Connection {
  readonly #socket: Socket
  readonly #handler: ControlHandler
  readonly #admitWriter: () => boolean
  #state: SessionState

  /** @param admitWriter - whether there is room for one more writer; if so, it is counted */
  constructor(socket: Socket, handler: ControlHandler, admitWriter: () => boolean) {
    this.#socket = socket
    this.#handler = handler
    this.#admitWriter = admitWriter
    const deadline = setTimeout(() => socket.destroy(), HELLO_MS)
    this.#state = { name: 'silent', deadline }
  }

  get isOfWriter(): boolean {
    return this.#state.name === 'writer'
  }

  send(reply: Reply): void {
    if (this.#socket.destroyed) return
    if (this.#socket.writableLength <= MAX_UNREAD_BYTES) this.#socket.write(encodeMessage(reply))
    else {
      this.#handler.report('a control connection was closed: its client asks, and does not read the answers')
      this.#socket.destroy()
    }
  }

  end(): void {
    if (this.#state.name === 'silent') clearTimeout(this.#state.deadline)
    if (this.#state.name === 'writer') this.#handler.writers.disconnected(this.#state.mailbox, this)
  }

  handle(request: Request): void {
    const state = this.#state
    switch (state.name) {
      case 'silent':
        clearTimeout(state.deadline)
        this.#greet(request)
        break
      case 'writer':
        this.#handleWriter(request, state.mailbox)
        break
      case 'visitor':
        this.#handleVisitor(request)
        break
    }
  }

  #greet(request: Request): void {
    if (request.type !== 'hello') {
      this.#refuse(request)
      return
    }
    if (request.role === 'writer' && !this.#admitWriter()) {
      this.#socket.destroy()
      return
    }
    this.send({ type: 'welcome', version: PROTOCOL_VERSION, epoch: this.#handler.epoch })
    if (request.role === 'writer') {
      this.#state = { name: 'writer', mailbox: request.mailbox }
      this.#handler.writers.connected(request.mailbox, this)
    } else {
      this.#state = { name: 'visitor' }
    }
  }

  #handleWriter(request: Request, mailbox: string): void {
    switch (request.type) {
      case 'ring':
        this.#handler.writers.ring(mailbox)
        break
      case 'flush':
        this.#handler.writers.flush(mailbox, this.#pendingFlush(request))
        break
      case 'pong':
        this.#handler.writers.pong(mailbox)
        break
      case 'ended':
        this.#handler.writers.childEnded(mailbox, request)
        break
      case 'follows':
        this.#handler.writers.follows(mailbox, request.question, request)
        break
      case 'reopen':
        this.#handler.reopen()
        break
      case 'hello':
      case 'levels':
      case 'rotate':
      case 'status':
      case 'stop':
        this.#refuse(request)
    }
  }

  #pendingFlush({ request, sequence, offset }: Request & { type: 'flush' }): PendingFlush {
    return {
      position: { sequence, offset },
      connection: this,
      since: performance.now(),
      answer: (obstacle, lost = false) => {
        if (obstacle === undefined) this.send({ type: 'flushed', request })
        else this.send({ type: 'unflushed', request, error: obstacle, lost })
      },
    }
  }

  #handleVisitor(request: Request): void {
    switch (request.type) {
      case 'status':
        this.send({ type: 'status', status: this.#handler.status() })
        break
      case 'stop':
        this.send({ type: 'stopping', writers: this.#handler.stop() })
        break
      case 'reopen':
        this.#handler.reopen()
        break
      case 'levels':
        this.#handler.levels()
        break
      case 'rotate':
        this.send({ type: 'rotated', files: this.#handler.rotate(request.file) })
        break
      case 'hello':
      case 'ring':
      case 'flush':
      case 'pong':
      case 'ended':
      case 'follows':
        this.#refuse(request)
    }
  }

  #refuse(request: Request): void {
    this.#handler.report(
      `a control connection was closed: a ${this.#state.name} client must not send '${request.type}'`,
    )
    this.#socket.destroy()
  }
}
