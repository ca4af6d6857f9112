import {
  FunnelError,
  openChannel,
  systemCode,
  type Channel,
  type ChildEnd,
  type ListenerStatus,
  type Reply,
  type Rotated,
} from '@pino-funnel/channel'
import { setTimeout as pause } from 'node:timers/promises'
import { Collector } from './collect/collector.ts'
import { ControlServer, type Connection, type ControlHandler } from './control/control-server.ts'
import { contend, type Leadership } from './election/election.ts'
import { nodeFileSystem, type FileSystem } from './journal/filesystem.ts'
import { Journal } from './journal/journal.ts'
import type { MailboxEntry, PendingFlush } from './mailboxes/mailbox-entry.ts'
import { sweepDrafts } from './election/sweep-drafts.ts'
import { VERSION } from './version.ts'

export interface ListenerOptions {
  /** The channel directory. */
  readonly root: string
  /** Milliseconds to stay when the last writer has left. */
  readonly linger: number
  /**
   * The file system the journal is kept on, for tests and benchmarks.
   * @defaultValue the real one
   */
  readonly files?: FileSystem
  /** Where a line about something unusual goes. */
  readonly report: (message: string) => void
}

/**
 * Why a listener has ended: it was not needed, it had nothing left to do, or the channel names another one.
 */
export type ListenerEnd = 'not elected' | 'left' | 'epoch lost'

/**
 * - `serving`: collects, and stays
 * - `finishing`: was told to stop; collects, and leaves when the last writer has left
 * - `ended`
 */
type ListenerState = 'serving' | 'finishing' | 'ended'

/**
 * Runs a listener: takes part in the election, and if elected collects until nobody is left.
 *
 * @param onElected - gets the listener, to tell it to stop or to reopen files
 * @throws FunnelError `FUNNEL_CHANNEL_*` or `FUNNEL_SOCKET_*` when it can't even begin
 */
export async function runListener(
  options: ListenerOptions,
  onElected: (listener: Listener) => void = () => {},
): Promise<ListenerEnd> {
  const channel = openChannel(options.root)
  let serve: (listener: Listener) => void = () => {}
  const elected = new Promise<Listener>((resolve) => (serve = resolve))
  // A connection can come before the election is over for us: the name is visible as soon as it is linked.
  const leadership = await contend(channel, (socket) => void elected.then((listener) => listener.accept(socket)))
  if (!leadership) return 'not elected'
  let end: (end: ListenerEnd) => void = () => {}
  const ended = new Promise<ListenerEnd>((resolve) => (end = resolve))
  const listener = await openListener(() => new Listener(channel, leadership, options, end), options.report)
  serve(listener)
  onElected(listener)
  return ended
}

/** Recovery needs the disk. While that is full or in trouble, the listener waits; nobody else could do any better. */
async function openListener(open: () => Listener, report: (message: string) => void): Promise<Listener> {
  for (let delay = FIRST_RETRY_MS; ; delay = Math.min(delay * 2, LONGEST_RETRY_MS)) {
    try {
      return open()
    } catch (error) {
      if (systemCode(error) === undefined || error instanceof FunnelError) throw error
      report(`can't begin yet: ${String(error)}`)
      await pause(delay)
    }
  }
}

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5000
/** Between two looks whether the listener's own work is done. */
const HOUSEKEEPING_LOOK_MS = 20

/** The one process that writes the log files of a channel. */
export class Listener implements ControlHandler {
  readonly #leadership: Leadership
  readonly #options: ListenerOptions
  readonly #onEnd: (end: ListenerEnd) => void
  readonly #collector: Collector
  readonly #server: ControlServer
  readonly #since = Date.now()
  #state: ListenerState = 'serving'
  #lingering: NodeJS.Timeout | undefined

  constructor(channel: Channel, leadership: Leadership, options: ListenerOptions, onEnd: (end: ListenerEnd) => void) {
    this.#leadership = leadership
    this.#options = options
    this.#onEnd = onEnd
    sweepDrafts(channel)
    this.#server = new ControlServer(this)
    this.#collector = new Collector({
      channel,
      journal: new Journal(options.files ?? nodeFileSystem, channel.journal),
      isOurs: () => leadership.isOurs(),
      onEpochLost: () => this.#end('epoch lost'),
      onPopulation: (empty) => this.#onPopulation(empty),
      onTrouble: (file, error) => this.#tellWriters(file, { type: 'trouble', error: error ?? null }),
      onDifferences: (entry, differences) => entry.connection?.send({ type: 'differs', differences }),
      report: options.report,
    })
    leadership.server.ref()
    this.#linger()
    this.#collector.start()
  }

  accept: ControlServer['accept'] = (socket) => this.#server.accept(socket)

  /** Ids of mailboxes that can't be read: what is in them is not in the log files. */
  get unreadableMailboxes(): readonly string[] {
    return this.#collector.roster.unreadable
  }

  get epoch(): number {
    return this.#leadership.epoch
  }

  writerCame(mailbox: string, connection: Connection): void {
    const entry = this.#collector.roster.adopt(mailbox)
    const trouble = entry && this.#collector.troubleOf(entry)
    if (trouble !== undefined) connection.send({ type: 'trouble', error: trouble })
    if (!entry || entry.life === 'ended') return
    entry.watch = undefined
    entry.life = 'connected'
    entry.connection = connection
    if (entry.wasSeenAlive) this.#tellAgain(entry)
    this.#collector.roster.meet(entry)
    this.#collector.lifecycle.answered(entry)
    this.#collector.attend(entry)
  }

  /** When it was met by way of its own socket, nothing could be told to it. */
  #tellAgain(entry: MailboxEntry): void {
    const differences = this.#collector.differencesOf(entry)
    if (differences.length > 0) entry.connection?.send({ type: 'differs', differences })
  }

  writerLeft(mailbox: string): void {
    const entry = this.#collector.roster.get(mailbox)
    if (entry) entry.connection = undefined
    if (entry?.life === 'connected') this.#collector.roster.doubt(entry)
  }

  ring(mailbox: string): void {
    const entry = this.#collector.roster.get(mailbox)
    if (entry) this.#collector.attend(entry)
  }

  flush(mailbox: string, { position, answer }: PendingFlush): void {
    const { roster } = this.#collector
    const entry = roster.adopt(mailbox)
    if (!entry) {
      // Without a mailbox there is nothing left to write.
      answer(roster.obstacleTo(mailbox))
      return
    }
    // Also what is in the file already may have to be synced first: the next pass knows.
    entry.flushes.push({ position, answer })
    this.#collector.attend(entry)
  }

  pong(mailbox: string): void {
    const entry = this.#collector.roster.get(mailbox)
    if (entry) this.#collector.lifecycle.answered(entry)
  }

  childEnded(mailbox: string, end: ChildEnd): void {
    const parent = this.#collector.roster.get(mailbox)
    if (parent) this.#collector.lifecycle.childEnded(parent, end)
  }

  reopen(): void {
    this.#collector.reopen()
  }

  rotate(file: string | null): Rotated[] {
    return this.#collector.rotate(file ?? undefined)
  }

  /** Finishes: leaves when the last writer has left and everything is in the log files. */
  stop(): number {
    if (this.#state === 'serving') this.#state = 'finishing'
    this.#linger()
    return this.#collector.roster.size
  }

  report(message: string): void {
    this.#options.report(message)
  }

  status(): ListenerStatus {
    return {
      pid: process.pid,
      epoch: this.epoch,
      since: this.#since,
      version: VERSION,
      memory: process.memoryUsage.rss(),
      files: this.#collector.status(),
      mailboxes: [...this.#collector.roster.entries].map((entry) => {
        return entry.status(this.#collector.lifecycle.activityOf(entry))
      }),
    }
  }

  #tellWriters(file: string, reply: Reply): void {
    for (const entry of this.#collector.roster.entries) if (entry.file === file) entry.connection?.send(reply)
  }

  #onPopulation(empty: boolean): void {
    if (empty) this.#linger()
    else clearTimeout(this.#lingering)
  }

  #linger(): void {
    clearTimeout(this.#lingering)
    const delay = this.#state === 'serving' ? this.#options.linger : 0
    this.#lingering = setTimeout(() => this.#leaveIfAlone(), delay)
  }

  /**
   * A worker makes its mailbox first and looks for a listener then; we announce first and look for mailboxes then. So
   * either it finds that we are leaving and launches the next listener, or we find its mailbox and stay.
   */
  #leaveIfAlone(): void {
    if (this.#state === 'ended') return
    try {
      this.#tryToLeave()
    } catch (error) {
      this.report(`can't leave yet: ${String(error)}`)
      this.#lingering = setTimeout(() => this.#leaveIfAlone(), LONGEST_RETRY_MS)
    }
  }

  #tryToLeave(): void {
    const { roster } = this.#collector
    roster.discover()
    if (!roster.isComplete) throw new Error("there are mailboxes that can't be read yet")
    if (this.#collector.isPopulated) return
    // A file that is half compressed would stay so until somebody logs again.
    if (this.#collector.isHousekeeping || this.#collector.closeSinks() || this.#collector.closeNotices()) {
      this.#lingering = setTimeout(() => this.#leaveIfAlone(), HOUSEKEEPING_LOOK_MS)
      return
    }
    this.#leadership.announce(true)
    roster.discover()
    if (roster.size === 0) this.#end('left')
    else this.#leadership.announce(false)
  }

  #end(end: ListenerEnd): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    clearTimeout(this.#lingering)
    this.#collector.stop()
    this.#server.close()
    this.#leadership.server.close()
    this.#onEnd(end)
  }
}
