/**
 * A link is a worker's connection to the listener: it announces the mailbox, rings, and asks for flushes.
 * When the connection ends, the link searches for the next listener, and launches one where there is none.
 *
 * What always holds in this room: no record depends on the connection, or on a listener that is started.
 *
 * ```
 *            ┌──────────────────── retry after a pause ───────────────┐
 *            ▼                                                        │
 *        connecting ── refused, no such name → launch ──────────→  waiting
 *            │                                                        ▲
 *            └─ connected ── the connection ends ─────────────────────┘
 *   any ── close() ──→ closed
 * ```
 *
 * It begins with the pause, unless a flush waits: a script that ends at once needs no connection.
 */
import {
  Backoff,
  encodeMessage,
  PROTOCOL_VERSION,
  seemsThere,
  type Channel,
  type ChildEnd,
  type FunnelError,
  type ListenerRecord,
  type MailboxPosition,
  type MailboxWriter,
  type Reply,
  type Request,
} from '@pino-funnel/channel'
import { timers } from '@pino-funnel/channel/captured'
import type { Socket } from 'node:net'
import { watchChildEnds } from '../worker/child-ends.ts'
import type { Launching } from '../launching/shared-launchers.ts'
import { reapOrphans } from '../launching/orphans.ts'
import { connectToListener, meansNoListener } from './connection.ts'
import { KnownListener } from './known-listener.ts'
import type { LinkEvents } from './link-events.ts'
import { flushFailed, logFileTrouble, optionsDiffer } from './listener-warnings.ts'
import { PendingFlushes } from './pending-flushes.ts'

/** The first pause is shorter than a listener takes to start, the last one long enough to cost nothing. */
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 250
/** Until a connection follows to a listener that could not read the mailbox: for ever, where it can't be repaired. */
const REPAIR_PAUSE_MS = 250

/** Ends of children that are also sent to the next listener: this one may die before it has recorded them. */
const LATEST_ENDS = 100

type LinkState =
  | { readonly name: 'connecting' | 'connected'; readonly socket: Socket; readonly epoch: number }
  | { readonly name: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly name: 'closed' }

export class ListenerLink {
  readonly #channel: Channel
  readonly #mailbox: MailboxWriter
  readonly #launcher: Launching
  readonly #events: LinkEvents
  #state: LinkState
  /** Whether a connection was tried. */
  #hasTried = false
  readonly #backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  readonly #flushes = new PendingFlushes()
  #childEnds: ChildEnd[] = []
  readonly #listener: KnownListener
  readonly #unwatch: () => void
  /** Checks the connection while a flush is pending. */
  #check: NodeJS.Timeout | undefined
  /** The state at the last check. */
  #seen: LinkState | undefined

  /** Launches a listener at once where there is evidently none: a script that never yields has no later chance. */
  constructor(channel: Channel, mailbox: MailboxWriter, launcher: Launching, events: LinkEvents) {
    this.#events = events
    this.#channel = channel
    this.#listener = new KnownListener(channel, (error) => events.warn(error))
    this.#mailbox = mailbox
    this.#launcher = launcher
    this.#unwatch = watchChildEnds((end) => this.#reportEnd(end))
    this.#state = this.#wait()
    this.assureListener()
  }

  /** Launches a listener where there is none and the mailbox exists. Without a turn of the event loop, also at the exit. */
  assureListener(isLastChance = false): void {
    this.#launchIfGone(this.#listener.find(), isLastChance)
  }

  /** @param record - of the listener, found just now */
  #launchIfGone(record: ListenerRecord | undefined, isLastChance = false): void {
    const epoch = record?.epoch ?? 0
    const state = this.#listener.stateOf(record)
    const isServed = this.#state.name === 'connected' && this.#state.epoch === epoch
    const isGivenUp = state === 'unproven' && !isServed && this.#launcher.unproven.isGivenUp(epoch, isLastChance)
    if ((state === 'missing' || isGivenUp) && this.mailboxIsThere()) this.#launch(epoch, isGivenUp)
  }

  /** What another program has damaged with the listener's files is made again first: the next one has to read it. */
  #launch(gone: number, isUnproven = false): void {
    if (gone > 0 || this.#hasTried) this.#mailbox.restore()
    this.#launcher.launch(gone, isUnproven)
  }

  /** Whether the mailbox is still where it was made, and others find it there. A disk that can't say proves nothing. */
  mailboxIsThere(): boolean {
    return this.#channel.isInPlace() && seemsThere(this.#mailbox.directory)
  }

  /** Wakes the listener. Needed only with a connection: a listener reads the mailbox of each writer that connects. */
  ring(): void {
    this.#sendNow({ type: 'ring' })
  }

  /** Asks the listener to close the log file and open it again. */
  reopen(): void {
    this.#sendNow({ type: 'reopen' })
  }

  /**
   * Calls `done` once all before `position` is in the log file, whichever listener writes it, or with an error when
   * that can't come any more. While a flush is pending the process stays alive.
   *
   * @returns a function that gives the flush up
   */
  flush(position: MailboxPosition, done: (error?: FunnelError) => void): () => void {
    const request = this.#flushes.add(position, done)
    if (!this.#hasTried && this.#state.name === 'waiting') this.#tryAgain()
    this.#holdProcess()
    // A listener may still read a mailbox that was deleted, as far as it has it open.
    if (!this.mailboxIsThere()) timers.setImmediate(() => this.#reportGone())
    else this.#sendNow({ type: 'flush', request, ...position })
    return () => {
      this.#flushes.remove(request)
      this.#holdProcess()
    }
  }

  /** Gives all pending flushes up with an error. */
  failFlushes(error: FunnelError): void {
    this.#flushes.fail(error)
    this.#holdProcess()
  }

  close(): void {
    const state = this.#state
    this.#state = { name: 'closed' }
    this.#unwatch()
    this.#flushes.clear()
    timers.clearInterval(this.#check)
    if (state.name === 'waiting') timers.clearTimeout(state.timer)
    else if (state.name !== 'closed') state.socket.destroy()
  }

  #connect(epoch: number | undefined): LinkState {
    if (epoch === undefined) return this.#launchAndWait()
    const socket = connectToListener(this.#channel, epoch, {
      connected: (connected) => this.#onConnect(connected, epoch),
      failed: (error) => {
        if (meansNoListener(error) && this.mailboxIsThere()) this.#launch(epoch)
      },
      closed: (lost) => this.#lose(lost),
      reply: (reply) => this.#onReply(reply),
    })
    return { name: 'connecting', socket, epoch }
  }

  #lose(socket: Socket): void {
    if (!('socket' in this.#state) || this.#state.socket !== socket) return
    this.#state = this.#wait()
    this.#holdProcess()
    socket.destroy()
    // Fake timers that block `process.nextTick` keep the socket's error from coming, so its absence says nothing.
    // Without a record, the channel may be being deleted: the next try follows in a moment.
    const record = this.#listener.find()
    if (record !== undefined) this.#launchIfGone(record)
    // Without it no listener is launched, so that none could say so.
    if (!this.mailboxIsThere()) timers.setImmediate(() => this.#reportGone()).unref()
    reapOrphans()
  }

  /** A connection may end without an event while fake timers block `process.nextTick`. A pending flush has to know. */
  #checkConnection(): void {
    const state = this.#state
    const isStuck = state.name === 'connecting' && state === this.#seen
    const isGone = state.name === 'connected' && !this.#listener.seemsAlive(state.epoch)
    this.#seen = state
    if (isStuck || isGone) this.#lose(state.socket)
  }

  #launchAndWait(): LinkState {
    if (this.#listener.isUnreadable) return this.#wait()
    if (this.mailboxIsThere()) this.#launch(0)
    else timers.setImmediate(() => this.#reportGone()).unref()
    return this.#wait()
  }

  #reportGone(): void {
    if (this.#state.name !== 'closed' && !this.mailboxIsThere()) this.#events.mailboxGone()
  }

  /** The listener can't read the mailbox: it is gone, or files of it are. It tries again with the next connection. */
  #repair({ socket }: { readonly socket: Socket }): void {
    if (!this.mailboxIsThere()) return this.#reportGone()
    this.#mailbox.restore()
    timers.setTimeout(() => this.#lose(socket), REPAIR_PAUSE_MS).unref()
  }

  #wait(): LinkState {
    const timer = timers.setTimeout(() => this.#tryAgain(), this.#backoff.fail())
    timer.unref()
    return { name: 'waiting', timer }
  }

  #tryAgain(): void {
    this.#hasTried = true
    if (this.#state.name === 'waiting') timers.clearTimeout(this.#state.timer)
    this.#state = this.#connect(this.#listener.find()?.epoch)
    this.#holdProcess()
  }

  #onConnect(socket: Socket, epoch: number): void {
    if (this.#state.name === 'closed') return
    this.#state = { name: 'connected', socket, epoch }
    this.#send(socket, { type: 'hello', version: PROTOCOL_VERSION, role: 'writer', mailbox: this.#mailbox.id })
    for (const [request, position] of this.#flushes.requests())
      this.#send(socket, { type: 'flush', request, ...position })
    for (const end of this.#childEnds) this.#send(socket, { type: 'ended', ...end })
  }

  /** The child may have logged in this channel; the listener knows. */
  #reportEnd(end: ChildEnd): void {
    this.#childEnds = [...this.#childEnds, end].slice(-LATEST_ENDS)
    this.#sendNow({ type: 'ended', ...end })
  }

  #onReply(reply: Reply): void {
    switch (reply.type) {
      case 'welcome':
        this.#backoff.succeed()
        this.#launcher.served()
        return this.#obeyLevels(0)
      case 'levels':
        return this.#obeyLevels(reply.question)
      case 'ping':
        return this.#sendNow({ type: 'pong' })
      case 'gone':
        return this.#state.name === 'connected' ? this.#repair(this.#state) : undefined
      case 'trouble':
        return reply.error === null ? undefined : this.#events.warn(logFileTrouble(reply.error))
      case 'differs':
        return this.#events.warn(optionsDiffer(reply.differences))
      case 'flushed':
        return this.#resolveFlush(reply.request)
      case 'unflushed':
        return this.#resolveFlush(reply.request, flushFailed(reply.error, reply.lost))
      case 'status':
      case 'stopping':
      case 'rotated':
        return undefined // Answers to commands.
    }
  }

  #resolveFlush(request: number, error?: FunnelError): void {
    this.#flushes.resolve(request, error)
    this.#holdProcess()
  }

  /** There may be new orders since the last connection. A worker without loggers that follow says so, too. */
  #obeyLevels(question: number): void {
    this.#sendNow({ type: 'follows', question, ...this.#events.obeyLevels() })
  }

  /** Only with a connection. */
  #sendNow(message: Request): void {
    if (this.#state.name === 'connected') this.#send(this.#state.socket, message)
  }

  #send(socket: Socket, message: Request): void {
    socket.write(encodeMessage(message))
  }

  /** Only a pending flush may keep the process alive. */
  #holdProcess(): void {
    const state = this.#state
    if (state.name === 'closed') return
    const handle = state.name === 'waiting' ? state.timer : state.socket
    if (this.#flushes.size > 0) {
      handle.ref()
      this.#check ??= timers.setInterval(() => this.#checkConnection(), LONGEST_PAUSE_MS).unref()
    } else {
      handle.unref()
      timers.clearInterval(this.#check)
      this.#check = undefined
    }
  }
}
