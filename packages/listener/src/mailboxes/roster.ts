/**
 * The roster: every mailbox of the channel, and what is known of its writer's life.
 *
 * Mailboxes are found by looking into the directory; a writer's `hello` only makes that happen sooner. That a writer
 * is dead is only ever the kernel's word (channel: life/proof.ts), with one addition: a pid that is absent from our
 * own PID namespace belongs to nobody.
 */
import {
  FunnelError,
  isMailboxId,
  MailboxReader,
  pidNamespace,
  proveLife,
  systemCode,
  type Channel,
  type MailboxPosition,
} from '@pino-funnel/channel'
import { existsSync, readdirSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { MailboxEntry } from './mailbox-entry.ts'

export interface RosterEvents {
  /** A mailbox was found. */
  found(entry: MailboxEntry): void
  /** A writer is alive, by the kernel's word. */
  alive(entry: MailboxEntry): void
  /** The event loop of a writer has turned. */
  answered(entry: MailboxEntry): void
  /** A writer's life has ended: no line will be added to its mailbox any more. */
  ended(entry: MailboxEntry): void
  report(message: string): void
}

/**
 * The times of a directory are those of the kernel's last tick, and some file systems keep whole seconds, or two: what
 * comes soon after a change that was seen does not change them again. So the directory is read again until this is over.
 */
const GRAIN_MS = 2100

/** What becomes of the connection by which a writer was proven to live. */
type WhenAlive = (entry: MailboxEntry, socket: Socket) => void

export class Roster {
  readonly #channel: Channel
  readonly #events: RosterEvents
  readonly #entries = new Map<string, MailboxEntry>()
  /** Where a former listener stopped, for mailboxes that were not opened yet. */
  readonly #positions: Map<string, MailboxPosition>
  /** Mailboxes that are none; left alone. */
  readonly #unreadable = new Set<string>()
  /** Why mailboxes could not be opened, which was told once for each. */
  readonly #obstacles = new Map<string, string>()
  readonly #namespace = pidNamespace()
  /** Of the directory of mailboxes, as of the last look. */
  #lastChange = ''
  #changeSeenAt = 0
  #lastReadAt = 0

  constructor(channel: Channel, positions: ReadonlyMap<string, MailboxPosition>, events: RosterEvents) {
    this.#channel = channel
    // A mailbox that is gone never comes back; without this, the journal would keep all there ever were.
    const present = new Set(readdirSync(channel.mailboxes))
    this.#positions = new Map([...positions].filter(([id]) => present.has(id)))
    this.#events = events
  }

  get entries(): Iterable<MailboxEntry> {
    return this.#entries.values()
  }

  get size(): number {
    return this.#entries.size
  }

  get(id: string): MailboxEntry | undefined {
    return this.#entries.get(id)
  }

  /** Mailboxes that can't be read, and whose records are therefore not in the log files. */
  get unreadable(): readonly string[] {
    return [...this.#unreadable]
  }

  /** Looks for new mailboxes. Costs one system call when none has come for a while. */
  discover(): void {
    const { mtimeNs, ctimeNs } = statSync(this.#channel.mailboxes, { bigint: true })
    const change = `${mtimeNs}:${ctimeNs}`
    if (change !== this.#lastChange) this.#changeSeenAt = performance.now()
    else if (this.#lastReadAt - this.#changeSeenAt > GRAIN_MS) return
    const begun = performance.now()
    const names = readdirSync(this.#channel.mailboxes)
    this.#lastChange = change
    this.#lastReadAt = begun
    for (const name of names) if (isMailboxId(name)) this.adopt(name)
  }

  /** Whether every mailbox that was there at the last look was opened, or will never be. */
  get isComplete(): boolean {
    return this.#lastChange !== ''
  }

  /** Opens a mailbox by its id, `undefined` when there is none or it can't be read. */
  adopt(id: string): MailboxEntry | undefined {
    const known = this.#entries.get(id)
    if (known || this.#unreadable.has(id)) return known
    try {
      const entry = new MailboxEntry(new MailboxReader(this.#channel.mailboxes, id, this.#positions.get(id)))
      this.#positions.delete(id)
      this.#obstacles.delete(id)
      this.#entries.set(id, entry)
      this.#events.found(entry)
      return entry
    } catch (error) {
      this.#handleUnreadable(id, error)
      return undefined
    }
  }

  /** Why a mailbox that is there can't be opened; `undefined` when it can, and when there is none. */
  obstacleTo(id: string): string | undefined {
    return existsSync(join(this.#channel.mailboxes, id)) ? this.#obstacles.get(id) : undefined
  }

  /** What is no mailbox will never be one; what the system can't do now, it may do at the next look. */
  #handleUnreadable(id: string, error: unknown): void {
    if (systemCode(error) === 'ENOENT') return // Deleted by its former reader between our two looks.
    const isHopeless = error instanceof FunnelError
    if (isHopeless) this.#unreadable.add(id)
    else this.#lastChange = ''
    const isTold = this.#obstacles.has(id)
    this.#obstacles.set(id, String(error))
    if (isTold) return
    this.#events.report(`the mailbox ${id} ${isHopeless ? 'is left alone' : "can't be read yet"}: ${String(error)}`)
  }

  /** Asks the kernel about every writer whose life is unproven. */
  proveLives(): void {
    for (const entry of this.#entries.values()) if (entry.life === 'unproven') void this.#prove(entry, this.#watch)
  }

  async #prove(entry: MailboxEntry, whenAlive: WhenAlive): Promise<void> {
    entry.life = 'watched'
    const evidence = await proveLife(entry.reader.directory, 'life')
    entry.wasAskedAbout = true
    if (entry.life !== 'watched') {
      // It has said hello, or was found dead, while we asked.
      if (evidence.life === 'alive') evidence.socket?.destroy()
      return
    }
    if (evidence.life === 'dead' || (evidence.life !== 'alive' && this.#isAbsent(entry))) this.#end(entry)
    else if (evidence.life === 'alive' && evidence.socket !== undefined) {
      this.meet(entry)
      whenAlive(entry, evidence.socket)
    } else entry.life = 'unproven'
  }

  readonly #watch: WhenAlive = (entry, socket) => {
    entry.watch = socket
    socket.on('data', () => this.#events.answered(entry))
    socket.on('close', () => {
      if (entry.life !== 'watched' || entry.watch !== socket) return
      this.doubt(entry)
      void this.#prove(entry, this.#leaveForNow)
    })
    // What it was asked by a connection that it had before may be lost.
    entry.ask()
  }

  /**
   * It lives, and has ended the connection to its own socket before. So its event loop turns, and it has no descriptor
   * for the connection: this one would end as soon.
   */
  readonly #leaveForNow: WhenAlive = (entry, socket) => {
    socket.destroy()
    entry.watch = undefined
    entry.life = 'unproven'
    this.#events.answered(entry)
  }

  /** The writer is alive. */
  meet(entry: MailboxEntry): void {
    if (entry.wasSeenAlive) return
    entry.wasSeenAlive = true
    entry.wasAskedAbout = true
    this.#events.alive(entry)
  }

  /**
   * A sign that the writer may be dead: its connection has ended. The kernel is asked at the next floor poll: a pool that
   * closes needs the processor itself just now, and nobody waits for the answer.
   */
  doubt(entry: MailboxEntry): void {
    entry.life = 'unproven'
    entry.wasAskedAbout = false
  }

  #end(entry: MailboxEntry): void {
    entry.life = 'ended'
    entry.watch = undefined
    this.#events.ended(entry)
  }

  /** For file systems without sockets, and sockets somebody has deleted. */
  #isAbsent(entry: MailboxEntry): boolean {
    const { pid, pidNamespace: namespace } = entry.reader.identity
    if (pid <= 0 || namespace !== this.#namespace) return false
    try {
      process.kill(pid, 0)
      return false
    } catch (error) {
      return systemCode(error) === 'ESRCH'
    }
  }

  /** Deletes the mailbox of a writer that has ended, when all of it is in the log file. */
  delete(entry: MailboxEntry): void {
    entry.reader.delete(this.#channel.tmp)
    entry.close()
    this.#entries.delete(entry.id)
  }

  /** How far each mailbox was committed. */
  positions(): Map<string, MailboxPosition> {
    const positions = new Map(this.#positions)
    for (const entry of this.#entries.values()) positions.set(entry.id, entry.committed)
    return positions
  }

  close(): void {
    for (const entry of this.#entries.values()) entry.close()
  }
}
