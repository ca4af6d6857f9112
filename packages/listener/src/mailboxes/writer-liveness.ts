/**
 * Whether the writer of a mailbox is alive. Only the kernel decides that a writer is dead (channel: liveness/proof.ts),
 * with one addition: a pid that is absent from this listener's own PID namespace belongs to no process.
 *
 * The writer of a mailbox that was moved or deleted, and that has let go of its connection, writes to another one. That
 * proves no death: the mailbox may come back.
 *
 *                    connected(connection)
 *     any but ended ───────────────────────▶ connected ──disconnected()──▶ suspected
 *
 *     suspected ──probe()──▶ probing ──alive────────────────▶ observed ──its lifeline ends──▶ suspected, probe()
 *                               ├─────alive, lifeline ended──▶ suspected
 *                               ├─────no evidence────────────▶ suspected
 *                               ├─────its mailbox is away────▶ away
 *                               └─────dead───────────────────▶ ended
 *
 * `away` and `ended` are final. This listener reads the mailbox as far as it has it open, and lets go of it.
 */
import {
  pidNamespace,
  isListening,
  proveLife,
  seemsThere,
  systemCode,
  type Evidence,
  type WriterProfile,
  type Reply,
} from '@pino-funnel/channel'
import type { Socket } from 'node:net'
import { basename } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Connection } from '../control/connection.ts'

/**
 * - `suspected`: the kernel is to be asked
 * - `probing`: the kernel is being asked
 * - `connected`: the writer holds a connection to this listener
 * - `observed`: this listener holds a connection to the writer's own socket, the lifeline
 * - `away`: the mailbox was moved or deleted, and its writer can't be reached
 * - `ended`: proven dead
 */
export type LivenessState = 'suspected' | 'probing' | 'connected' | 'observed' | 'away' | 'ended'

/** What follows from an event of a writer. */
export interface LivenessEvents {
  /** The writer is alive, by the kernel's word. Reported once. */
  alive(): void
  /** The event loop of the writer has turned. */
  answered(): void
  /** The writer is alive, and can't be reached by this path to the channel. Reported once. */
  isInOtherView(): void
  /** The writer has ended, or its mailbox is away. */
  ended(): void
  /** Whether there is a descriptor for the connection that would observe the writer. */
  mayObserve(): boolean
}

/** The writer of a mailbox, as its header describes it. */
export interface Writer {
  readonly directory: string
  readonly profile: WriterProfile
}

const OWN_NAMESPACE = pidNamespace()

export class WriterLiveness {
  readonly #writer: Writer
  readonly #events: LivenessEvents
  /** Bytes collected from the mailbox so far. */
  readonly #collected: () => number
  #state: LivenessState = 'suspected'
  #connection: Connection | undefined
  #lifeline: Socket | undefined
  #wasSeenAlive = false
  #hasEvidence = false
  #isInOtherView = false
  /** When the writer was last suspected, ms since the epoch, and the bytes collected by then. */
  #suspicion = { at: Date.now(), bytes: 0 }
  #endedAt = 0

  constructor(writer: Writer, events: LivenessEvents, collected: () => number) {
    this.#writer = writer
    this.#events = events
    this.#collected = collected
  }

  get state(): LivenessState {
    return this.#state
  }

  /** Whether there is a connection to the writer, of either side. */
  get hasSocket(): boolean {
    return this.#state === 'connected' || this.#state === 'observed'
  }

  /** Whether this listener has nothing more to expect of the writer: it is dead, or its mailbox is away. */
  get hasEnded(): boolean {
    return this.#state === 'ended' || this.#state === 'away'
  }

  /** Whether the mailbox was moved or deleted, and nothing is known of its writer. */
  get isAway(): boolean {
    return this.#state === 'away'
  }

  /** Whether this listener has seen the writer alive. If not, the writer ended before this listener started. */
  get wasSeenAlive(): boolean {
    return this.#wasSeenAlive
  }

  /**
   * Whether the writer has connected, or the kernel has answered (whatever it said), since it was last disconnected.
   */
  get hasEvidence(): boolean {
    return this.#hasEvidence
  }

  /** When the first sign came that the writer has ended, ms since the epoch. */
  get endedAt(): number {
    return this.#suspicion.at
  }

  /** Milliseconds since the end was proven. */
  get msSinceEnd(): number {
    return performance.now() - this.#endedAt
  }

  /** Bytes that were collected after the first sign of the end. */
  get bytesSinceEnd(): number {
    return this.#collected() - this.#suspicion.bytes
  }

  /** The writer has said hello. Without effect on a writer that has ended. */
  connected(connection: Connection): void {
    if (this.hasEnded) return
    this.#dropLifeline()
    this.#state = 'connected'
    this.#connection = connection
    this.#hasEvidence = true
    this.#markAlive()
    this.#events.answered()
  }

  /**
   * The writer's connection has ended, which is a sign that it may be dead. The kernel is asked at the next fallback
   * poll: a pool that closes needs the processor itself, and the answer is not urgent. Without effect when the writer has
   * another connection by now.
   */
  disconnected(connection: Connection): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    if (this.#state === 'connected') this.#suspect()
  }

  /** Asks the kernel about a writer that is suspected. */
  probe(): void {
    if (this.#state === 'suspected') void this.#probe()
  }

  /** Sends a reply to a writer that is connected. */
  send(reply: Reply): void {
    this.#connection?.send(reply)
  }

  /**
   * Asks the writer for an answer, which takes a turn of its event loop.
   *
   * @returns whether there is a connection to ask by
   */
  ping(): boolean {
    if (this.#connection) this.#connection.send({ type: 'ping' })
    else this.#lifeline?.write('?')
    return this.#connection !== undefined || this.#lifeline !== undefined
  }

  close(): void {
    this.#dropLifeline()
  }

  async #probe(): Promise<void> {
    // A writer that is alive and has ended its last lifeline has no descriptor for it: a new one would end as soon.
    const whenAlive = this.#lifeline ? 'let go' : 'observe'
    this.#dropLifeline()
    this.#state = 'probing'
    const evidence = await proveLife(this.#writer.directory, 'life')
    if (evidence.life === 'dead' && this.#state === 'probing' && this.#isBoundElsewhere()) this.#isSeenElsewhere()
    else this.probed(evidence, whenAlive)
  }

  /**
   * The kernel has answered.
   *
   * @param whenAlive - whether to keep the connection of the proof as a lifeline
   */
  probed(evidence: Evidence, whenAlive: 'observe' | 'let go' = 'observe'): void {
    this.#hasEvidence = true
    const socket = evidence.life === 'alive' ? evidence.socket : undefined
    const isUndecided = this.#state === 'probing' || this.#state === 'suspected'
    // The writer has connected, or was found dead, in the meantime.
    if (!isUndecided) socket?.destroy()
    else if (evidence.life === 'dead' || (evidence.life !== 'alive' && this.#isAbsent())) this.#end('ended')
    else if (evidence.life === 'absent' && !seemsThere(this.#writer.directory)) this.#end('away')
    else if (socket === undefined) this.#setSuspected()
    else if (whenAlive === 'let go') this.#letGo(socket)
    else if (this.#events.mayObserve()) this.#observe(socket)
    else this.#askAgain(socket)
  }

  #observe(socket: Socket): void {
    this.#state = 'observed'
    this.#lifeline = socket
    this.#markAlive()
    socket.on('data', () => this.#events.answered())
    socket.on('close', () => {
      if (this.#state !== 'observed' || this.#lifeline !== socket) return
      this.#suspect()
      void this.#probe()
    })
    // A question that was asked by an earlier connection may be lost.
    this.ping()
  }

  /** That the writer has ended its lifeline shows that its event loop turns. */
  #letGo(socket: Socket): void {
    socket.destroy()
    this.#markAlive()
    this.#setSuspected()
    this.#events.answered()
  }

  /** The kernel is asked again at each fallback poll. */
  #askAgain(socket: Socket): void {
    socket.destroy()
    this.#markAlive()
    this.#setSuspected()
  }

  #markAlive(): void {
    if (this.#wasSeenAlive) return
    this.#wasSeenAlive = true
    this.#hasEvidence = true
    this.#events.alive()
  }

  #suspect(): void {
    this.#setSuspected()
    this.#hasEvidence = false
  }

  #setSuspected(): void {
    this.#state = 'suspected'
    this.#suspicion = { at: Date.now(), bytes: this.#collected() }
  }

  #end(state: 'ended' | 'away'): void {
    this.#state = state
    this.#endedAt = performance.now()
    this.#dropLifeline()
    this.#events.ended()
  }

  #dropLifeline(): void {
    const lifeline = this.#lifeline
    this.#lifeline = undefined
    lifeline?.destroy()
  }

  #isSeenElsewhere(): void {
    this.#hasEvidence = true
    this.#markAlive()
    this.#setSuspected()
    if (!this.#isInOtherView) this.#events.isInOtherView()
    this.#isInOtherView = true
  }

  /** The name of a mailbox is random, and the socket was bound in a directory of that name. */
  #isBoundElsewhere(): boolean {
    return isListening(`${basename(this.#writer.directory)}/life`, this.#writer.profile)
  }

  /** For file systems without sockets, and for sockets that were deleted. */
  #isAbsent(): boolean {
    const { pid, pidNamespace: namespace } = this.#writer.profile
    if (pid <= 0 || namespace !== OWN_NAMESPACE) return false
    try {
      process.kill(pid, 0)
      return false
    } catch (error) {
      return systemCode(error) === 'ESRCH'
    }
  }
}
