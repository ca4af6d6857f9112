/**
 * The listener from the election to its leaving. It serves as long as any worker has a mailbox, lingers for a while
 * after the last one, and leaves only when all mailboxes are collected and deleted.
 */
import {
  Backoff,
  FunnelError,
  makeMissing,
  systemCode,
  withNames,
  type Channel,
  type ListenerNotice,
  type ListenerStatus,
  type Reply,
  type Rotated,
} from '@pino-funnel/channel'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Collector } from './collect/collector.ts'
import { ControlServer, type ControlHandler } from './control/control-server.ts'
import { contend, type Leadership } from './election/election.ts'
import { nodeFileSystem, type FileSystem } from './journal/filesystem.ts'
import { Journal } from './journal/journal.ts'
import { SWEEP_MS, sweepDrafts } from './election/sweep-drafts.ts'
import { syncDescription } from './sync-description.ts'
import { VERSION } from './version.ts'
import { WriterRequests } from './writer-requests.ts'

export interface ListenerOptions {
  readonly channel: Channel
  /** Milliseconds to stay when the last writer has left. */
  readonly linger: number
  /**
   * The file system the journal is kept on, for tests and benchmarks.
   * @defaultValue the real one
   */
  readonly files?: FileSystem
  /**
   * Ms that the listener waits for a disk that it can't begin on.
   * @defaultValue for ever
   */
  readonly beginWithin?: number
  /** Where a line about something unusual goes. */
  readonly report: (message: string) => void
}

/**
 * Why a listener has ended: it was not needed, it had nothing left to do, the channel names another one, or it was asked
 * to end before it had done its work.
 */
export type ListenerEnd = 'not elected' | 'left' | 'epoch lost' | 'abandoned'

/** `serving` and `finishing` collect; when `finishing`, it was asked to stop, and leaves when the last writer has left. */
type ListenerState = 'serving' | 'finishing' | 'ended'

/**
 * Runs a listener: takes part in the election and, if elected, collects until no worker is left.
 *
 * @param onElected - gets the listener, to stop it or to let it reopen files
 * @throws FunnelError `FUNNEL_CHANNEL_*` or `FUNNEL_SOCKET_*` when it can't even begin; the system's error when it could
 * not within `beginWithin`
 */
export async function runListener(
  given: ListenerOptions,
  onElected: (listener: Listener) => void = () => {},
): Promise<ListenerEnd> {
  const { channel } = given
  makeMissing(channel)
  const options = { ...given, report: (message: string): void => given.report(withNames(message)) }
  let serve: (listener: Listener | undefined) => void = () => {}
  const elected = new Promise<Listener | undefined>((resolve) => (serve = resolve))
  // A connection can come before the election is over for us: the name is visible as soon as it is linked.
  const accept = (socket: Socket): void =>
    void elected.then((listener) => (listener ? listener.accept(socket) : socket.destroy()))
  const leadership = await contend(channel, accept)
  if (!leadership) return 'not elected'
  let end: (end: ListenerEnd) => void = () => {}
  const ended = new Promise<ListenerEnd>((resolve) => (end = resolve))
  const listener = await openListener(leadership, () => new Listener(channel, leadership, options, end), options)
  serve(listener)
  if (!listener) {
    leadership.server.close()
    return 'epoch lost'
  }
  onElected(listener)
  return ended
}

/**
 * Recovery needs the disk. While it is full or in trouble, the listener waits: no other process could do better.
 *
 * @returns `undefined` when the channel was moved or deleted meanwhile, or names another listener
 */
async function openListener(
  leadership: Leadership,
  open: () => Listener,
  { beginWithin = Infinity, report }: ListenerOptions,
): Promise<Listener | undefined> {
  const begun = performance.now()
  for (const backoff = new Backoff(FIRST_RETRY_MS, LONGEST_RETRY_MS); ;) {
    try {
      return leadership.isOurs() ? open() : undefined
    } catch (error) {
      const isOver = performance.now() - begun > beginWithin
      if (systemCode(error) === undefined || error instanceof FunnelError || isOver) throw error
      report(`can't begin yet: ${String(error)}`)
      await pause(backoff.fail())
    }
  }
}

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5000
/** Between two checks whether the listener's own work is done. */
const WIND_UP_CHECK_MS = 20

/** The one process that writes the log files of a channel. */
export class Listener implements ControlHandler {
  readonly writers: WriterRequests
  readonly #leadership: Leadership
  readonly #options: ListenerOptions
  readonly #onEnd: (end: ListenerEnd) => void
  readonly #collector: Collector
  readonly #server: ControlServer
  readonly #since = Date.now()
  #state: ListenerState = 'serving'
  #lingering: NodeJS.Timeout | undefined
  readonly #sweeping: NodeJS.Timeout

  constructor(channel: Channel, leadership: Leadership, options: ListenerOptions, onEnd: (end: ListenerEnd) => void) {
    this.#leadership = leadership
    this.#options = options
    this.#onEnd = onEnd
    syncDescription(channel)
    this.#sweep(channel)
    this.#server = new ControlServer(this)
    this.#collector = new Collector({
      channel,
      journal: new Journal(options.files ?? nodeFileSystem, channel.journal),
      isAfterCrash: leadership.isAfterCrash,
      beginning: beginningOf(leadership),
      isOurs: () => leadership.isOurs(),
      onEpochLost: () => this.#end('epoch lost'),
      onPopulation: (isPopulated) => (isPopulated ? clearTimeout(this.#lingering) : this.#linger()),
      onTrouble: (file, error) => this.#sendToWriters(file, { type: 'trouble', error: error ?? null }),
      onDifferences: ({ liveness }, differences) => liveness.send({ type: 'differs', differences }),
      report: options.report,
    })
    // Not before the collector, which can't be made while the disk is in trouble.
    this.#sweeping = setInterval(() => this.#sweep(channel), SWEEP_MS).unref()
    this.writers = new WriterRequests(this.#collector)
    leadership.server.ref()
    this.#linger()
    this.#collector.start()
  }

  accept: ControlServer['accept'] = (socket) => this.#server.accept(socket)

  #sweep(channel: Channel): void {
    try {
      sweepDrafts(channel)
    } catch (error) {
      this.report(`can't clean up yet: ${String(error)}`)
    }
  }

  /** Ids of mailboxes that can't be read: what is in them is not in the log files. */
  get unreadableMailboxes(): readonly string[] {
    return this.#collector.roster.unreadable
  }

  /** Whether a log file can't be appended to now, or a mailbox can't be read. */
  get isInTrouble(): boolean {
    const isUnreadable = [...this.#collector.roster.entries].some(({ unreadable }) => unreadable !== undefined)
    return isUnreadable || this.#collector.status().some(({ trouble }) => trouble !== null)
  }

  get epoch(): number {
    return this.#leadership.epoch
  }

  reopen(): void {
    this.#collector.reopen()
  }

  levels(): void {
    for (const entry of this.#collector.roster.entries) entry.askForLevel()
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

  /** Ends as a kill would end it: what waits stays in the mailboxes. */
  abandon(): void {
    this.#end('abandoned')
  }

  report(message: string): void {
    this.#options.report(message)
  }

  status(): ListenerStatus {
    const { roster, monitor } = this.#collector
    return {
      pid: process.pid,
      epoch: this.epoch,
      since: this.#since,
      version: VERSION,
      isAfterCrash: this.#leadership.isAfterCrash,
      memory: process.memoryUsage.rss(),
      files: this.#collector.status(),
      mailboxes: Array.from(roster.entries, (entry) => entry.status(monitor.activityOf(entry))),
    }
  }

  #sendToWriters(file: string, reply: Reply): void {
    for (const entry of this.#collector.roster.entries) if (entry.file === file) entry.liveness.send(reply)
  }

  #linger(): void {
    clearTimeout(this.#lingering)
    const delay = this.#state === 'serving' ? this.#options.linger : 0
    this.#lingering = setTimeout(() => this.#leaveIfAlone(), delay)
  }

  #leaveIfAlone(): void {
    if (this.#state === 'ended') return
    try {
      this.#tryToLeave()
    } catch (error) {
      this.report(`can't leave yet: ${String(error)}`)
      // A part of the channel may be missing.
      this.#sweep(this.#options.channel)
      this.#lingering = setTimeout(() => this.#leaveIfAlone(), LONGEST_RETRY_MS)
    }
  }

  /**
   * A worker makes its mailbox first, and then checks for a listener. The listener announces first that it leaves, and
   * then checks for mailboxes. So either the worker finds that the listener is leaving and launches the next one, or
   * the listener finds the mailbox and stays.
   */
  #tryToLeave(): void {
    const { roster } = this.#collector
    roster.discover()
    if (!roster.isComplete) throw new Error("some mailboxes can't be read yet")
    if (this.#collector.isPopulated) return
    if (this.writers.hasRefused) {
      this.#lingering = setTimeout(() => this.#leaveIfAlone(), FIRST_RETRY_MS)
      return
    }
    if (!this.#collector.windUp()) {
      this.#lingering = setTimeout(() => this.#leaveIfAlone(), WIND_UP_CHECK_MS)
      return
    }
    // From the positions alone, the next listener can't distinguish mailboxes that were deleted from those that are away.
    if (this.#leadership.isOurs()) this.#collector.checkpoint()
    let isAlone = false
    try {
      this.#leadership.announce(true)
      roster.discover()
      isAlone = roster.size === 0 && roster.isComplete
    } finally {
      if (!isAlone) this.#leadership.announce(false)
    }
    if (isAlone) this.#end('left')
    else if (!roster.isComplete) throw new Error("some mailboxes can't be read yet")
  }

  #end(end: ListenerEnd): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    clearTimeout(this.#lingering)
    clearInterval(this.#sweeping)
    try {
      this.#collector.stop()
    } finally {
      this.#server.close()
      if (end === 'left') this.#leadership.resign()
      else this.#leadership.server.close()
      this.#onEnd(end)
    }
  }
}

function beginningOf({ epoch, former }: Leadership): ListenerNotice {
  const how = former && (former.leaving ? 'left' : 'lost')
  const before = former ? { listener: former.pid, epoch: former.epoch } : null
  return { event: 'listener', listener: process.pid, epoch, former: before, how: how ?? null }
}
