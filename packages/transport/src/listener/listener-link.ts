/**
 * A worker's connection to the listener: it announces the mailbox, rings, and asks for flushes. No record depends on
 * it. When it breaks, it looks for the next listener, launching one where there is none.
 *
 * ```
 *            ┌──────────────────── retry after a pause ───────────────┐
 *            ▼                                                        │
 *        connecting ── refused, no such name → launch ──────────→  waiting
 *            │                                                        ▲
 *            └─ connected ── the connection ends ─────────────────────┘
 *   any ── close() ──→ closed
 * ```
 */
import {
  connectTo,
  encodeMessage,
  FunnelError,
  listenerSeemsAlive,
  listenerSocketName,
  MAX_REPLY_BYTES,
  parseReply,
  PROTOCOL_VERSION,
  readListenerRecord,
  receive,
  systemCode,
  type Channel,
  type ChildEnd,
  type ListenerRecord,
  type MailboxPosition,
  type MailboxWriter,
  type Reply,
  type Request,
} from '@pino-funnel/channel'
import { capturedFs, nextTick, timers } from '@pino-funnel/channel/captured'
import type { Socket } from 'node:net'
import { watchChildEnds } from '../worker/child-ends.ts'
import type { Launcher } from './launcher.ts'
import { optionsDiffer } from './options-differ.ts'
import { reapOrphans } from './orphans.ts'

/** The first pause is shorter than a listener takes to start, the last one long enough to cost nothing. */
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 250

/** Ends of children that the next listener is told, too: this one may die with what it was told. */
const LATEST_ENDS = 100

export interface LinkEvents {
  /** Something recoverable. */
  trouble(error: FunnelError): void
  /** The directory of the mailbox is not there any more. Told again, after a pause, until the link is closed. */
  mailboxGone(): void
}

interface PendingFlush {
  readonly position: MailboxPosition
  readonly done: (error?: FunnelError) => void
}

type LinkState =
  | { readonly name: 'connecting'; readonly socket: Socket }
  | { readonly name: 'connected'; readonly socket: Socket }
  | { readonly name: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly name: 'closed' }

export class ListenerLink {
  readonly #channel: Channel
  readonly #mailbox: MailboxWriter
  readonly #launcher: Launcher
  readonly #events: LinkEvents
  #state: LinkState
  #pause = FIRST_PAUSE_MS
  #flushes = new Map<number, PendingFlush>()
  #lastFlush = 0
  #childEnds: ChildEnd[] = []
  readonly #unwatch: () => void
  #lookOut: NodeJS.Timeout | undefined
  /** The state at the last look. */
  #seen: LinkState | undefined

  /** Launches a listener at once where there is evidently none: a script that never yields gets no other chance. */
  constructor(channel: Channel, mailbox: MailboxWriter, launcher: Launcher, events: LinkEvents) {
    this.#events = events
    this.#channel = channel
    this.#mailbox = mailbox
    this.#launcher = launcher
    this.#unwatch = watchChildEnds((end) => this.#tellEnd(end))
    this.#state = this.#connect(this.#assureListener())
  }

  /**
   * Launches a listener where there is evidently none, and something that it could collect. It takes no turn of the event
   * loop.
   */
  assureListener(): void {
    this.#assureListener()
  }

  /** @returns the epoch of the last listener that was elected; `undefined` when that can't be known, or none was */
  #assureListener(): number | undefined {
    const record = this.#findRecord()
    if (!listenerSeemsAlive(record) && this.mailboxIsThere()) this.#launcher.launch(record?.epoch ?? 0)
    return record?.epoch
  }

  /** Whether nobody has moved or deleted it. */
  mailboxIsThere(): boolean {
    return capturedFs.existsSync(this.#mailbox.directory)
  }

  /** Wakes the listener. Without a connection there is no need to: a listener looks at who says hello. */
  ring(): void {
    if (this.#state.name === 'connected') this.#send(this.#state.socket, { type: 'ring' })
  }

  /** Asks the listener to open the log files anew. */
  reopen(): void {
    if (this.#state.name === 'connected') this.#send(this.#state.socket, { type: 'reopen' })
  }

  /**
   * Calls `done` once all before `position` is in the log file, whichever listener writes it, or with an error when that
   * can't come any more. While a flush is pending the process stays alive.
   *
   * @returns a function that gives the flush up
   */
  flush(position: MailboxPosition, done: PendingFlush['done']): () => void {
    const request = (this.#lastFlush += 1)
    this.#flushes.set(request, { position, done })
    this.#holdProcess()
    if (this.#state.name === 'connected') this.#sendFlush(this.#state.socket, request, position)
    return () => {
      this.#flushes.delete(request)
      this.#holdProcess()
    }
  }

  /** Gives all pending flushes up, and says why. */
  failFlushes(error: FunnelError): void {
    for (const { done } of this.#flushes.values()) nextTick(done, error)
    this.#flushes.clear()
    this.#holdProcess()
  }

  close(): void {
    const state = this.#state
    this.#state = { name: 'closed' }
    this.#unwatch()
    this.#flushes.clear()
    timers.clearInterval(this.#lookOut)
    if (state.name === 'waiting') timers.clearTimeout(state.timer)
    else if (state.name !== 'closed') state.socket.destroy()
  }

  #connect(epoch: number | undefined): LinkState {
    if (epoch === undefined) return this.#launchAndWait()
    const socket = connectTo(this.#channel.root, listenerSocketName(epoch))
    socket.unref()
    socket.on('connect', () => this.#onConnect(socket))
    socket.on('error', (error) => {
      if (meansNoListener(error)) this.#launcher.launch(epoch)
    })
    socket.on('close', () => this.#lose(socket))
    receive(
      socket,
      MAX_REPLY_BYTES,
      parseReply,
      (reply) => this.#onReply(reply),
      () => {},
    )
    return { name: 'connecting', socket }
  }

  #lose(socket: Socket): void {
    if (!('socket' in this.#state) || this.#state.socket !== socket) return
    this.#state = this.#wait()
    this.#holdProcess()
    socket.destroy()
    // Fake timers that hold `process.nextTick` up keep the error from coming, which would tell that there is none.
    this.assureListener()
    reapOrphans()
  }

  /**
   * Whether the connection has ended without a word, as it may while `process.nextTick` is held up. Only for those who
   * wait for a flush.
   */
  #lookAfterConnection(): void {
    const state = this.#state
    const isStuck = state.name === 'connecting' && state === this.#seen
    const isGone = state.name === 'connected' && !this.#listenerSeemsAlive()
    this.#seen = state
    if (isStuck || isGone) this.#lose(state.socket)
  }

  /** Also when the record can't be read, which says nothing about a connection. */
  #listenerSeemsAlive(): boolean {
    try {
      return listenerSeemsAlive(readListenerRecord(this.#channel))
    } catch {
      return true
    }
  }

  /** `undefined` also when it can't be read: this process may have run out of descriptors, say. */
  #findRecord(): ListenerRecord | undefined {
    try {
      return readListenerRecord(this.#channel)
    } catch (error) {
      this.#events.trouble(cannotLook(this.#channel.root, error))
      return undefined
    }
  }

  #launchAndWait(): LinkState {
    if (this.mailboxIsThere()) this.#launcher.launch(0)
    else timers.setImmediate(() => this.#reportGone()).unref()
    return this.#wait()
  }

  #reportGone(): void {
    if (this.#state.name === 'waiting' && !this.mailboxIsThere()) this.#events.mailboxGone()
  }

  #wait(): LinkState {
    const timer = timers.setTimeout(() => {
      this.#state = this.#connect(this.#findRecord()?.epoch)
      this.#holdProcess()
    }, this.#pause)
    timer.unref()
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS)
    return { name: 'waiting', timer }
  }

  #onConnect(socket: Socket): void {
    if (this.#state.name === 'closed') return
    this.#state = { name: 'connected', socket }
    this.#send(socket, { type: 'hello', version: PROTOCOL_VERSION, role: 'writer', mailbox: this.#mailbox.id })
    for (const [request, flush] of this.#flushes) this.#sendFlush(socket, request, flush.position)
    for (const end of this.#childEnds) this.#send(socket, { type: 'ended', ...end })
  }

  /** That may be somebody who logs in this channel: the listener knows. */
  #tellEnd(end: ChildEnd): void {
    this.#childEnds.push(end)
    if (this.#childEnds.length > LATEST_ENDS) this.#childEnds.shift()
    if (this.#state.name === 'connected') this.#send(this.#state.socket, { type: 'ended', ...end })
  }

  #onReply(reply: Reply): void {
    if (reply.type === 'welcome') this.#pause = FIRST_PAUSE_MS
    if (reply.type === 'ping') this.#pong()
    if (reply.type === 'trouble' && reply.error !== null) this.#events.trouble(logFileTrouble(reply.error))
    if (reply.type === 'differs') this.#events.trouble(optionsDiffer(reply.differences))
    if (reply.type === 'flushed') this.#settleFlush(reply.request)
    if (reply.type === 'unflushed') this.#settleFlush(reply.request, mailboxUnreadable(reply.error))
  }

  #settleFlush(request: number, error?: FunnelError): void {
    const flush = this.#flushes.get(request)
    this.#flushes.delete(request)
    this.#holdProcess()
    // What an application throws in its callback is the application's, and must not end this connection.
    if (flush) nextTick(flush.done, error)
  }

  #pong(): void {
    if (this.#state.name === 'connected') this.#send(this.#state.socket, { type: 'pong' })
  }

  #sendFlush(socket: Socket, request: number, position: MailboxPosition): void {
    this.#send(socket, { type: 'flush', request, ...position })
  }

  #send(socket: Socket, message: Request): void {
    socket.write(encodeMessage(message))
  }

  /** Only a flush that somebody waits for may keep the process alive. */
  #holdProcess(): void {
    const state = this.#state
    if (state.name === 'closed') return
    const handle = state.name === 'waiting' ? state.timer : state.socket
    if (this.#flushes.size > 0) {
      handle.ref()
      this.#lookOut ??= timers.setInterval(() => this.#lookAfterConnection(), LONGEST_PAUSE_MS).unref()
    } else {
      handle.unref()
      timers.clearInterval(this.#lookOut)
      this.#lookOut = undefined
    }
  }
}

function meansNoListener(error: Error): boolean {
  const code = systemCode(error)
  return code === 'ECONNREFUSED' || code === 'ENOENT'
}

function logFileTrouble(error: string): FunnelError {
  return new FunnelError(
    'FUNNEL_LOG_FILE_TROUBLE',
    `The log file can't be appended to: ${error}. Records wait in their mailboxes; the listener tries again.`,
  )
}

function mailboxUnreadable(reason: string): FunnelError {
  return new FunnelError(
    'FUNNEL_CHANNEL_TROUBLE',
    `The listener can't read this worker's mailbox at present: ${reason}. Records stay in it; flush again later.`,
  )
}

function cannotLook(root: string, cause: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_CHANNEL_TROUBLE',
    `The channel ${root} can't be looked into: ${String(cause)}. Records stay in their mailboxes; trying again.`,
    { cause },
  )
}
