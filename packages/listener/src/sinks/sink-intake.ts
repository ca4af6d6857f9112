import type { DropTally } from '@pino-funnel/channel'
import { endOfLine } from '../lines/each-line.ts'
import { levelOfLine } from '../lines/line-level.ts'
import { DropCounter } from './drop-counter.ts'
import { LineQueue } from './line-queue.ts'

/**
 * - `taking`
 * - `dropping`: the queue was full. Every record is dropped until the queue is half empty: a few wide gaps are better than
 *   many narrow ones.
 */
type Flow = 'taking' | 'dropping'

/**
 * Stands between the collector and the process of a sink: selects lines by level, copies them, counts the dropped ones.
 */
export class SinkIntake {
  readonly queue: LineQueue
  readonly #level: number
  readonly #resumeBytes: number
  readonly #drops = new DropCounter()
  #flow: Flow = 'taking'
  #dropped = 0
  #unconfirmed = 0

  constructor(level: number, maxQueueBytes: number) {
    this.#level = level
    this.#resumeBytes = maxQueueBytes / 2
    this.queue = new LineQueue(maxQueueBytes)
  }

  /** Whether the next record would be dropped. */
  get isDropping(): boolean {
    return this.#flow === 'dropping' && this.queue.allocated > this.#resumeBytes
  }

  /** Records that the sink did not get. */
  get dropped(): number {
    return this.#dropped
  }

  /** Records that were sent to a process that ended before it confirmed them. */
  get unconfirmed(): number {
    return this.#unconfirmed
  }

  /** @param lines - whole lines; the caller may reuse the buffer after the call */
  offer(lines: Buffer): void {
    if (this.#flow === 'dropping' && this.queue.allocated <= this.#resumeBytes) this.#flow = 'taking'
    // Lines in a row are copied together: from the row's start up to the current line.
    let row = 0
    let from = 0
    while (from < lines.length) {
      const end = endOfLine(lines, from)
      const level = levelOfLine(lines, from, end)
      const isWanted = level >= this.#level
      if (isWanted && this.#flow === 'taking' && end - row > this.queue.space) {
        this.queue.append(lines, row, from)
        row = from
        if (!this.queue.makeRoom(end - from)) this.#flow = 'dropping'
      }
      if (!isWanted || this.#flow === 'dropping') {
        this.queue.append(lines, row, from)
        row = end
        if (isWanted) this.#drop(level)
      }
      from = end
    }
    this.queue.append(lines, row, from)
    this.#drops.settle()
  }

  #drop(level: number): void {
    this.#dropped += 1
    this.#drops.add(level, 'queue full')
  }

  /** The process of the sink has ended, and the lines in flight are lost. */
  forfeit(): void {
    this.queue.forfeit((lines) => (this.#unconfirmed += this.#drops.addLines(lines, 'unconfirmed')))
  }

  /** Drops the lines that wait: no process will take them. */
  discard(): void {
    for (let lines = this.queue.next(); lines; lines = this.queue.next()) {
      this.#dropped += this.#drops.addLines(lines, 'closed')
    }
    this.queue.confirm(this.queue.inFlight)
  }

  /** Takes the tally of records dropped since the last call. */
  takeDrops(): DropTally | undefined {
    return this.#drops.take()
  }
}
