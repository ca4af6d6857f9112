import {
  comparePositions,
  type MailboxReader,
  type MailboxPosition,
  type MailboxStatus,
  type WorkerActivity,
} from '@pino-funnel/channel'
import { performance } from 'node:perf_hooks'
import type { Socket } from 'node:net'
import type { Connection } from '../control/control-server.ts'
import type { MailboxRange } from '../journal/journal.ts'
import { describeMailbox } from './describe-mailbox.ts'

/**
 * What is known of a writer's life.
 *
 * - `connected`: it holds a connection to us
 * - `watched`: we hold a connection to its own socket, whose end is the sign to ask again
 * - `unproven`: to be asked
 * - `ended`: proven; the mailbox gets no more lines
 */
export type WriterLife = 'connected' | 'watched' | 'unproven' | 'ended'

/**
 * How a mailbox is being read: `active` ones in every pass, `dozing` ones once more because their bell was just set to
 * asleep, `asleep` ones when they ring, and now and then at a floor poll.
 */
export type Attention = 'active' | 'dozing' | 'asleep'

export interface PendingFlush {
  readonly position: MailboxPosition
  /** @param obstacle - why it can't be fulfilled at present */
  readonly answer: (obstacle?: string) => void
}

/** A mailbox in the listener's hands. */
export class MailboxEntry {
  readonly reader: MailboxReader
  /** The connection of a writer that holds one. */
  connection: Connection | undefined
  #life: WriterLife = 'unproven'
  /** When the last sign of life ended, ms since the epoch, and what had been collected by then. */
  #lastSign = { at: Date.now(), bytes: 0 }
  #msAtEnd = 0
  attention: Attention = 'asleep'
  /** At the last pass that read it: no line came that might have to be read again, since it could not be appended. */
  hadNothing = false
  /** Passes in a row that have found nothing, of those that came after a pause. */
  idlePasses = 0
  /** Floor polls since anything has come. */
  pollsAsleep = 0
  flushes: PendingFlush[] = []
  /** Why it can't be read at present. */
  unreadable: string | undefined
  #committed: MailboxPosition
  #bytes = 0
  #records = 0
  #last: number | undefined
  #watch: Socket | undefined

  /** This listener has met the writer: otherwise it had ended before. */
  wasSeenAlive = false
  /** The kernel was asked about the writer, whatever it said. */
  wasAskedAbout = false
  /** That its wishes for the log file are not in force. */
  wasToldOfDifferences = false

  constructor(reader: MailboxReader) {
    this.reader = reader
    this.#committed = reader.position
    reader.retireBefore(this.#committed.sequence)
  }

  get life(): WriterLife {
    return this.#life
  }

  set life(life: WriterLife) {
    this.#life = life
    if (life === 'unproven') this.#lastSign = { at: Date.now(), bytes: this.#bytes }
    if (life === 'ended') this.#msAtEnd = performance.now()
  }

  /** When there was the first sign that its writer has ended, ms since the epoch. */
  get endedAt(): number {
    return this.#lastSign.at
  }

  get msSinceEnd(): number {
    return performance.now() - this.#msAtEnd
  }

  /** Bytes that were collected after its writer had ended. */
  get bytesSinceEnd(): number {
    return this.#bytes - this.#lastSign.bytes
  }

  get id(): string {
    return this.reader.id
  }

  get file(): string {
    return this.reader.identity.file
  }

  /** Whether it has records of an application, rather than a listener's own notices. */
  get isWorker(): boolean {
    return this.reader.identity.role === 'worker'
  }

  /** Whether its writer is a thread beside the main thread of its process. */
  get isThread(): boolean {
    return this.reader.identity.threadId !== 0
  }

  /** Bytes that this listener has collected from it. */
  get bytes(): number {
    return this.#bytes
  }

  /** Records that this listener has collected from it. */
  get records(): number {
    return this.#records
  }

  /** When the last one was, ms since the epoch. */
  get last(): number | undefined {
    return this.#last
  }

  /** What is in the log file for sure. */
  get committed(): MailboxPosition {
    return this.#committed
  }

  /** The connection to the writer's own socket that is being held, if any. */
  get watch(): Socket | undefined {
    return this.#watch
  }

  set watch(socket: Socket | undefined) {
    this.#watch?.destroy()
    this.#watch = socket
  }

  /**
   * Asks the writer for an answer, which takes a turn of its event loop.
   *
   * @returns whether there is a connection to ask it by
   */
  ask(): boolean {
    if (this.connection) this.connection.send({ type: 'ping' })
    else this.#watch?.write('?')
    return this.connection !== undefined || this.#watch !== undefined
  }

  /** Takes note that a range is in the log file. */
  commit(range: MailboxRange, records: number): void {
    this.#committed = { sequence: range.sequence, offset: range.to }
    this.#bytes += range.to - range.from
    this.#records += records
    this.#last = Date.now()
  }

  /** Gives up the segments whose lines are all in the log file. */
  retire(): void {
    this.reader.retireBefore(this.#committed.sequence)
  }

  /** Answers the flushes that are fulfilled. To be called only when everything read is in the log file. */
  answerFlushes(): void {
    if (this.flushes.length === 0) return
    const { position } = this.reader
    const fulfilled = this.flushes.filter((flush) => comparePositions(flush.position, position) <= 0)
    this.flushes = this.flushes.filter((flush) => comparePositions(flush.position, position) > 0)
    for (const flush of fulfilled) flush.answer()
  }

  close(): void {
    this.watch = undefined
    this.reader.close()
  }

  status(activity: WorkerActivity | null): MailboxStatus {
    return {
      ...describeMailbox(this.reader),
      life: this.#lifeStatus(),
      activity,
      position: this.#committed,
      bytes: this.#bytes,
      records: this.#records,
      last: this.#last ?? null,
    }
  }

  #lifeStatus(): MailboxStatus['life'] {
    switch (this.life) {
      case 'connected':
        return 'connected'
      case 'watched':
        return 'alive'
      case 'unproven':
        return 'unknown'
      case 'ended':
        return this.reader.isSealed() ? 'sealed' : 'dead'
    }
  }
}
