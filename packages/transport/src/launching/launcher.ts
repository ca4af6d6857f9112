/**
 * Starts a listener when there is none, and reports when none comes of it.
 *
 * What always holds in this room: launching decides nothing. The election, in the listener, decides which process is
 * the listener; a listener too many does no harm: it is not elected, and leaves.
 */
import { lastReport, readListenerRecord, type Channel, type FunnelError } from '@pino-funnel/channel'
import { monotonicNow, wallNow } from '@pino-funnel/channel/captured'
import { endedAtStart, notStarted } from './launch-failure.ts'
import { LaunchTickets, pauseAfter } from './launch-ticket.ts'
import { noteInLog, spawnListener, type ListenerProcess, type SpawnEvents } from './spawn-listener.ts'

export type LaunchOptions = Pick<ListenerProcess, 'linger' | 'stdout' | 'environment'>

/** Listeners in a row that were started and ended without being elected, until that is reported. */
const ENDED_AT_START = 2
/** Listeners in a row that were elected and ended, with a report, without having served this worker. */
const ENDED_IN_OFFICE = 3
/**
 * The same without a report, since they were killed: one may be replaced at once, but not all for ever. A worker at full
 * speed on a busy machine may not get round to the welcome of several, so more are needed.
 */
const KILLED_IN_OFFICE = 10

/**
 * A launcher only has to be frugal, so that of many workers one starts a process: see launch-ticket.ts. A worker that
 * can't start any process pauses alone, since others may be able to.
 *
 * A failure is reported once for each cause, until a listener serves. All workers that wait for a listener report that
 * those which are started end at once, whichever of them has started them.
 */
export class Launcher {
  readonly #channel: Channel
  readonly #process: ListenerProcess
  readonly #tickets: LaunchTickets
  readonly #onFailure: (error: FunnelError) => void
  /** What was reported since a listener has served, without numbers: a pid makes no other cause. */
  readonly #reported = new Set<string>()
  /** Times in a row that no process could be started. */
  #failures = 0
  /** By the monotonic clock. */
  #pausedUntil = 0
  /** The last epoch whose listener was found gone, and how many in a row were without having served this worker. */
  #gone = -1
  #unserved = 0
  /** When the first of them was found gone, in ms since the epoch. */
  #unservedSince = 0

  /** Of the listener that is awaited: how many processes were started for it in vain before this worker came. */
  #awaited = { epoch: 0, endedBefore: 0 }

  /** @param onFailure - called when a listener can't be started; the launcher tries again at a later call */
  constructor(channel: Channel, options: LaunchOptions, onFailure: (error: FunnelError) => void) {
    this.#channel = channel
    this.#process = { channel, ...options }
    this.#tickets = new LaunchTickets(channel.directory)
    this.#onFailure = onFailure
  }

  /**
   * Starts a listener, unless a worker is about to. Call it again and again while there is none.
   *
   * @param gone - the epoch whose listener is gone, 0 when there was none yet
   * @param isUnproven - it may live. Then nothing is reported, since there may be no need of another one
   * @returns whether it had its turn, even if no process could be started
   */
  launch(gone: number, isUnproven = false): boolean {
    // A later listener was elected: the caller has to connect to it first.
    if (this.#lastEpoch() > gone) return false
    if (!isUnproven) {
      this.#count(gone)
      this.#reportEndsAtStart(gone + 1)
    }
    if (monotonicNow() < this.#pausedUntil) return false
    // Tickets of the next epoch say that listeners can't start. One too many has not failed: its ticket is of this epoch.
    const ticket = this.#tickets.take(isUnproven ? gone : gone + 1)
    if (!ticket) return false
    this.#channel.restoreDescription()
    // A listener that was elected in the meantime has removed all tickets, and so made this one possible.
    if (this.#lastEpoch() <= gone) spawnListener(this.#process, ticket, this.#eventsOf(isUnproven), isUnproven)
    else this.#tickets.remove(ticket)
    this.#tickets.removeFormer(ticket)
    return true
  }

  /** A listener serves: what has failed before is over. */
  served(): void {
    this.#unserved = 0
    this.#reported.clear()
  }

  #eventsOf(isUnproven: boolean): SpawnEvents {
    return {
      started: () => (this.#failures = 0),
      failed: (error) => {
        if (isUnproven) return
        this.#pause(this.#failures)
        this.#failures += 1
        const failure = notStarted(error)
        if (this.#report(failure)) noteInLog(this.#channel.listenerLog, failure.message)
      },
    }
  }

  #count(gone: number): void {
    if (gone <= this.#gone) return
    this.#gone = gone
    // There was none yet.
    if (gone === 0) return
    this.#unserved += 1
    if (this.#unserved === 1) this.#unservedSince = wallNow()
    if (this.#unserved < ENDED_IN_OFFICE) return
    const report = lastReport(this.#channel.listenerLog, this.#unservedSince)
    const beyond = this.#unserved - (report === undefined ? KILLED_IN_OFFICE : ENDED_IN_OFFICE)
    if (beyond < 0) return
    this.#pause(ENDED_IN_OFFICE - 1 + beyond)
    this.#reportEnds(report)
  }

  #reportEndsAtStart(epoch: number): void {
    const abandoned = this.#tickets.abandoned(epoch)
    if (this.#awaited.epoch !== epoch) this.#awaited = { epoch, endedBefore: abandoned?.attempts ?? 0 }
    if (!abandoned || abandoned.attempts < ENDED_AT_START) return
    const report = lastReport(this.#channel.listenerLog, abandoned.since)
    // Those before may have been killed with their starters: all processes of a container end with its first.
    if (report === undefined && abandoned.attempts <= this.#awaited.endedBefore) return
    this.#reportEnds(report)
  }

  /** @param report - the last one of a process that has ended, if it is known */
  #reportEnds(report: string | undefined): void {
    const { listenerLog } = this.#channel
    this.#report(endedAtStart(report, listenerLog))
  }

  /** @returns whether it is news */
  #report(failure: FunnelError): boolean {
    const cause = failure.message.replaceAll(/\d+/g, '')
    if (this.#reported.has(cause)) return false
    this.#reported.add(cause)
    this.#onFailure(failure)
    return true
  }

  /** @param failures - in a row, before this one */
  #pause(failures: number): void {
    this.#pausedUntil = monotonicNow() + pauseAfter(failures)
  }

  #lastEpoch(): number {
    try {
      return readListenerRecord(this.#channel)?.epoch ?? 0
    } catch {
      return 0
    }
  }
}
