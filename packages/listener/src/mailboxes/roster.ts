/**
 * The roster: every mailbox of the channel, by id.
 *
 * A mailbox is found by reading the directory; a writer's `hello` only makes that happen sooner. A mailbox stays in the
 * roster from then on until it is deleted (mailbox-lifecycle/mailbox-reaper.ts), or found to be away: moved, or deleted
 * by another program. One that comes back is found again, and read from where it was left.
 */
import {
  FunnelError,
  isMailboxId,
  MailboxReader,
  seemsThere,
  systemCode,
  type Channel,
  type SyncPolicy,
} from '@pino-funnel/channel'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { shares } from '../control/open-files.ts'
import { behind, type Collected, type MailboxRange } from '../journal/journal-entry.ts'
import { MailboxEntry } from './mailbox-entry.ts'
import type { LivenessEvents } from './writer-liveness.ts'

export interface RosterEvents {
  /** A mailbox was found. */
  found(entry: MailboxEntry): void
  /** The thread of a mailbox has sealed it, and another one was found that comes after it. */
  succeeded(entry: MailboxEntry): void
  /** A writer is alive, by the kernel's word. */
  alive(entry: MailboxEntry): void
  /** The event loop of a writer has turned. */
  answered(entry: MailboxEntry): void
  /** A writer has ended: its mailbox gets no more lines. */
  ended(entry: MailboxEntry): void
  report(message: string): void
}

/**
 * The times of a directory are those of the kernel's last tick, and some file systems keep whole seconds, or two: what
 * comes soon after a change that was seen does not change them again. So the directory is read again until this is
 * over.
 */
const GRAIN_MS = 2100

/**
 * Mailboxes that are not there, and whose positions are kept, since they may come back. A former listener that was killed
 * has deleted some of them after its last checkpoint: nothing distinguishes those. One that leaves makes a checkpoint.
 */
const MOST_AWAY = 1000

export class Roster {
  readonly #channel: Channel
  readonly #events: RosterEvents
  readonly #entries = new Map<string, MailboxEntry>()
  /** Where a former listener stopped, for mailboxes that were not opened yet. */
  readonly #positions = new Map<string, Collected>()
  /** Where reading has stopped, for mailboxes that are away. */
  readonly #away = new Map<string, Collected>()
  /** Directories that are not mailboxes, or whose headers are damaged. They are left alone, unless a writer repairs one. */
  readonly #unreadable = new Set<string>()
  /** Why mailboxes could not be opened. Each is reported once. */
  readonly #obstacles = new Map<string, string>()
  /** Times of the directory of mailboxes when it was last read; `''` when it has to be read again. */
  #lastChange = ''
  #changeSeenAt = 0
  #isScarce = false
  #lastReadAt = 0
  #retriedAt = 0

  constructor(channel: Channel, positions: ReadonlyMap<string, Collected>, events: RosterEvents) {
    this.#channel = channel
    const present = new Set(readdirSync(channel.mailboxes))
    for (const [id, position] of positions) {
      if (present.has(id)) this.#positions.set(id, position)
      else this.#keepAway(id, position)
    }
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

  /** Finds new mailboxes. Costs one system call when none has come for a while. */
  discover(): void {
    const { mtimeNs, ctimeNs } = statSync(this.#channel.mailboxes, { bigint: true })
    const change = `${mtimeNs}:${ctimeNs}`
    this.#retryUnreadable()
    if (change !== this.#lastChange) this.#changeSeenAt = performance.now()
    else if (this.#lastReadAt - this.#changeSeenAt > GRAIN_MS) return
    const begun = performance.now()
    const names = readdirSync(this.#channel.mailboxes)
    this.#lastChange = change
    this.#lastReadAt = begun
    for (const name of names) if (isMailboxId(name)) this.open(name)
    this.#informTheGone(new Set(names))
  }

  /** A writer that never yields repairs its mailbox without a word. */
  #retryUnreadable(): void {
    const now = performance.now()
    if (this.#unreadable.size === 0 || now - this.#retriedAt < GRAIN_MS) return
    this.#retriedAt = now
    for (const id of Array.from(this.#unreadable)) this.openAgain(id)
  }

  /** Their writers make new mailboxes. What was written meanwhile is read as far as a segment is open here. */
  #informTheGone(present: ReadonlySet<string>): void {
    for (const { id, liveness } of this.#entries.values()) if (!present.has(id)) liveness.send({ type: 'gone' })
  }

  /** Whether every mailbox that was there when the directory was last read was opened, or can never be. */
  get isComplete(): boolean {
    return this.#lastChange !== ''
  }

  /** Opens a mailbox by its id, `undefined` when there is none or it can't be read; and those whose lines come before. */
  open(id: string): MailboxEntry | undefined {
    const known = this.#entries.get(id)
    if (known) return known
    const entry = this.#open(id)
    for (let last = entry; last;) {
      const { after } = last.reader.profile
      const wasKnown = after === undefined ? undefined : this.#entries.get(after)
      const former: MailboxEntry | undefined = wasKnown ?? (after === undefined ? undefined : this.#open(after))
      if (former) last.comesAfter(former)
      if (wasKnown) this.#events.succeeded(wasKnown)
      last = wasKnown ? undefined : former
    }
    return entry
  }

  #open(id: string): MailboxEntry | undefined {
    if (this.#unreadable.has(id)) return undefined
    try {
      const position = this.#positions.get(id) ?? this.#away.get(id)
      const reader = new MailboxReader(this.#channel.mailboxes, id, position)
      const entry = new MailboxEntry(reader, this.#eventsOf, position)
      this.#positions.delete(id)
      this.#away.delete(id)
      this.#obstacles.delete(id)
      this.#entries.set(id, entry)
      this.#shareOpenFiles()
      this.#events.found(entry)
      return entry
    } catch (error) {
      this.#handleUnreadable(id, error)
      return undefined
    }
  }

  /** The same for one whose writer may have repaired it. */
  openAgain(id: string): MailboxEntry | undefined {
    this.#unreadable.delete(id)
    return this.open(id)
  }

  /** Whether its writer can help that a mailbox can't be opened: by a new one, or new files in it. */
  canBeRepaired(id: string): boolean {
    return this.#unreadable.has(id) || !seemsThere(join(this.#channel.mailboxes, id, 'header'))
  }

  /**
   * Opens a mailbox by its id, `undefined` when it was deleted.
   *
   * @throws an error when it is there and can't be opened now
   */
  openOrThrow(id: string): MailboxEntry | undefined {
    const entry = this.open(id)
    if (entry || this.#unreadable.has(id)) return entry
    const obstacle = this.obstacleTo(id)
    if (obstacle === 'gone') return undefined
    throw new Error(`the mailbox ${id} can't be opened now: ${obstacle}`)
  }

  readonly #eventsOf = (entry: MailboxEntry): LivenessEvents => ({
    alive: () => this.#events.alive(entry),
    answered: () => this.#events.answered(entry),
    isInOtherView: () => this.#events.report(otherView(entry)),
    ended: () => this.#events.ended(entry),
    mayObserve: () => !this.#isScarce || this.#sockets < shares.sockets,
  })

  /** Connections to writers, of either side. */
  get #sockets(): number {
    return [...this.#entries.values()].filter(({ liveness }) => liveness.hasSocket).length
  }

  /** Why a mailbox can't be opened; `'gone'` when there is none. */
  obstacleTo(id: string): string {
    return seemsThere(join(this.#channel.mailboxes, id)) ? (this.#obstacles.get(id) ?? "it can't be opened") : 'gone'
  }

  /** A directory that is not a mailbox will never be one; what the system can't do now, it may do later. */
  #handleUnreadable(id: string, error: unknown): void {
    if (systemCode(error) === 'ENOENT') return // Deleted by the listener before this one, after the directory was read.
    // A file with the name of a mailbox is ENOTDIR.
    const isHopeless = error instanceof FunnelError || systemCode(error) === 'ENOTDIR'
    if (isHopeless) this.#unreadable.add(id)
    else this.#lastChange = ''
    const wasReported = this.#obstacles.has(id)
    this.#obstacles.set(id, String(error))
    if (wasReported) return
    this.#events.report(`the mailbox ${id} ${isHopeless ? 'is left alone' : "can't be read yet"}: ${String(error)}`)
  }

  /** What the writers of a log file want for power losses. */
  syncPolicies(file: string): SyncPolicy[] {
    return [...this.#entries.values()].filter((entry) => entry.file === file).map(({ reader }) => reader.profile.sync)
  }

  /** Asks the kernel about every writer that is suspected. */
  probeSuspects(): void {
    for (const entry of this.#entries.values()) entry.liveness.probe()
  }

  /**
   * Deletes the mailbox of a writer that has ended, when all of it is in the log file. One that is not there may come
   * back: it is forgotten only.
   */
  delete(entry: MailboxEntry): void {
    if (entry.reader.delete(this.#channel.tmp)) this.#remove(entry)
    else this.forget(entry)
  }

  /** Lets go of a mailbox that is away. It is found again if it is there, and its writer may be alive. */
  forget(entry: MailboxEntry): void {
    this.#remove(entry)
    this.#keepAway(entry.id, entry.committed)
    this.#lastChange = ''
  }

  /** Notes that a range is in its log file, when its mailbox is not open here: that of a mailbox which is away. */
  noteCommitted(range: MailboxRange): void {
    const { mailbox: id } = range
    if (this.#entries.has(id)) return
    const before = this.#positions.get(id) ?? this.#away.get(id)
    this.#positions.delete(id)
    this.#keepAway(id, behind(range, before))
  }

  #keepAway(id: string, position: Collected): void {
    this.#away.delete(id)
    this.#away.set(id, position)
    const [oldest] = this.#away.keys()
    if (this.#away.size > MOST_AWAY && oldest !== undefined) this.#away.delete(oldest)
  }

  #remove(entry: MailboxEntry): void {
    entry.close()
    this.#entries.delete(entry.id)
    // Where lines are sorted, nothing else forgets it.
    for (const other of this.#entries.values()) other.passOver(entry)
    this.#shareOpenFiles()
  }

  /** With more mailboxes than this process may have open segments, each is opened for its turn only. */
  #shareOpenFiles(): void {
    const isScarce = this.#entries.size > shares.segments
    if (!isScarce && !this.#isScarce) return
    this.#isScarce = isScarce
    for (const { reader } of this.#entries.values()) reader.keepOpen(!isScarce)
  }

  /** How far each mailbox was committed, and what that was. */
  positions(): Map<string, Collected> {
    const positions = new Map([...this.#away, ...this.#positions])
    for (const entry of this.#entries.values()) positions.set(entry.id, entry.committed)
    return positions
  }

  close(): void {
    for (const entry of this.#entries.values()) entry.close()
  }
}

function otherView({ id, reader: { profile } }: MailboxEntry): string {
  return (
    `the worker of the mailbox ${id} (pid ${profile.pid}) is alive, but can't be reached by this path to the channel: ` +
    `it uses another one, on another file system. Its mailbox stays.`
  )
}
