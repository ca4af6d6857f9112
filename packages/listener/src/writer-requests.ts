/** What writers ask for by their control connections, as events of their mailboxes. */
import type { ChildEnd, LevelReport } from '@pino-funnel/channel'
import type { Collector } from './collect/collector.ts'
import type { Connection, PendingFlush } from './control/connection.ts'
import type { WriterHandler } from './control/control-server.ts'

export class WriterRequests implements WriterHandler {
  readonly #collector: Collector
  /** Connections of writers whose mailboxes can't be read. */
  readonly #refused = new Set<Connection>()

  constructor(collector: Collector) {
    this.#collector = collector
  }

  connected(mailbox: string, connection: Connection): void {
    const { roster } = this.#collector
    const entry = roster.openAgain(mailbox)
    if (!entry) {
      this.#refused.add(connection)
      if (roster.canBeRepaired(mailbox)) connection.send({ type: 'gone' })
      return
    }
    const trouble = this.#collector.troubleOf(entry)
    if (trouble !== undefined) connection.send({ type: 'trouble', error: trouble })
    const { liveness } = entry
    if (liveness.hasEnded) return
    // A writer that was first seen alive by its own socket could not be informed then.
    const differences = liveness.wasSeenAlive ? this.#collector.differencesOf(entry) : []
    if (differences.length > 0) connection.send({ type: 'differs', differences })
    entry.welcomed()
    liveness.connected(connection)
    this.#collector.readSoon(entry)
  }

  disconnected(mailbox: string, connection: Connection): void {
    this.#refused.delete(connection)
    const entry = this.#collector.roster.get(mailbox)
    entry?.liveness.disconnected(connection)
    entry?.forgetFlushes(connection)
  }

  /** Whether a writer is connected whose mailbox can't be read: a listener that left would be launched again and again. */
  get hasRefused(): boolean {
    return this.#refused.size > 0
  }

  ring(mailbox: string): void {
    this.#collector.readSoon(this.#collector.roster.get(mailbox))
  }

  flush(mailbox: string, flush: PendingFlush): void {
    const { roster } = this.#collector
    const entry = roster.open(mailbox)
    if (!entry) {
      const obstacle = roster.obstacleTo(mailbox)
      flush.answer(obstacle === 'gone' ? 'it was moved or deleted' : obstacle)
      return
    }
    // What is in the file already may have to be synced first: the next pass does that.
    entry.addFlush(flush)
    this.#collector.readSoon(entry)
  }

  pong(mailbox: string): void {
    const entry = this.#collector.roster.get(mailbox)
    if (entry) this.#collector.monitor.answered(entry)
  }

  childEnded(mailbox: string, end: ChildEnd): void {
    const parent = this.#collector.roster.get(mailbox)
    if (parent) this.#collector.monitor.childEnded(parent, end)
  }

  follows(mailbox: string, question: number, { loggers, level, until, error }: LevelReport): void {
    this.#collector.roster.get(mailbox)?.follows(question, { loggers, level, until, error })
  }
}
