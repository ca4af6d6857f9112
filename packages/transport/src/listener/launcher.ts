import { readListenerRecord, type Channel, type FunnelError } from '@pino-funnel/channel'
import { monotonicNow } from '@pino-funnel/channel/captured'
import { LaunchTickets, pauseAfter } from './launch-ticket.ts'
import { launchFailed } from './listener-warnings.ts'
import { spawnListener, type ListenerProcess, type SpawnEvents } from './spawn-listener.ts'

export type LaunchOptions = Pick<ListenerProcess, 'linger' | 'stdout'>

/**
 * Starts a listener when there is none.
 *
 * The election, in the listener, decides who is the listener. A launcher only has to be frugal, so that of many workers
 * one starts a process: see launch-ticket.ts. A listener too many does no harm: it is not elected, and leaves. A worker
 * that can't start any process pauses alone, since others may be able to.
 */
export class Launcher {
  readonly #channel: Channel
  readonly #process: ListenerProcess
  readonly #tickets: LaunchTickets
  readonly #events: SpawnEvents
  /** Times in a row that no process could be started. */
  #failures = 0
  /** By the monotonic clock. */
  #pausedUntil = 0

  /** @param onFailure - called when a listener can't be started; the launcher tries again at a later call */
  constructor(channel: Channel, options: LaunchOptions, onFailure: (error: FunnelError) => void) {
    this.#channel = channel
    this.#process = { channel, ...options }
    this.#tickets = new LaunchTickets(channel.directory)
    this.#events = {
      started: () => (this.#failures = 0),
      failed: (error) => {
        this.#pausedUntil = monotonicNow() + pauseAfter(this.#failures)
        this.#failures += 1
        onFailure(launchFailed(error))
      },
    }
  }

  /**
   * Starts a listener, unless a worker is about to. Call it again and again while there is none.
   *
   * @param gone - the epoch whose listener is gone, 0 when there was none yet
   */
  launch(gone: number): void {
    // A later listener was elected: the caller has to connect to it first.
    if (this.#lastEpoch() > gone || monotonicNow() < this.#pausedUntil) return
    const ticket = this.#tickets.take(gone + 1)
    if (!ticket) return
    // A listener that was elected in the meantime has removed all tickets, and so made this one possible.
    if (this.#lastEpoch() < ticket.epoch) spawnListener(this.#process, ticket, this.#events)
    else this.#tickets.remove(ticket)
    this.#tickets.removeFormer(ticket)
  }

  #lastEpoch(): number {
    try {
      return readListenerRecord(this.#channel)?.epoch ?? 0
    } catch {
      return 0
    }
  }
}
