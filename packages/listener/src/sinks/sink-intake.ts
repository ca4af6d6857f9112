import type { DropTally } from '@pino-funnel/channel'
import { DropCounter } from './drop-counter.ts'
import { levelOfLine } from '../lines/line-level.ts'
import { LineQueue } from './line-queue.ts'

const NEWLINE = 0x0a

/**
 * - `taking`
 * - `dropping`: the queue was full. Until it is half empty everything is dropped, so that there are a few wide gaps and
 *   not a great many narrow ones.
 */
type Flow = 'taking' | 'dropping'

/** What stands between the collector and a sink's process: picks lines by level, copies them, counts what it drops. */
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

  /** Whether records are being dropped now. */
  get isDropping(): boolean {
    return this.#flow === 'dropping' && this.queue.allocated > this.#resumeBytes
  }

  get dropped(): number {
    return this.#dropped
  }

  get unconfirmed(): number {
    return this.#unconfirmed
  }

  /** @param lines - whole lines; the buffer is free again on return */
  offer(lines: Buffer): void {
    if (this.#flow === 'dropping' && this.queue.allocated <= this.#resumeBytes) this.#flow = 'taking'
    // Lines in a row are copied together: from here up to the line that is looked at.
    let row = 0
    let at = 0
    for (let newline = lines.indexOf(NEWLINE); newline !== -1; newline = lines.indexOf(NEWLINE, at)) {
      const end = newline + 1
      const level = levelOfLine(lines, at, end)
      const isWanted = level >= this.#level
      if (isWanted && this.#flow === 'taking' && end - row > this.queue.space) {
        this.queue.append(lines, row, at)
        row = at
        if (!this.queue.makeRoom(end - at)) this.#flow = 'dropping'
      }
      if (!isWanted || this.#flow === 'dropping') {
        this.queue.append(lines, row, at)
        row = end
        if (isWanted) this.#drop(level)
      }
      at = end
    }
    this.queue.append(lines, row, at)
    this.#drops.settle()
  }

  #drop(level: number): void {
    this.#dropped += 1
    this.#drops.add(level, 'queue full')
  }

  /** The sink's process is gone, with what was in flight. */
  forfeit(): void {
    this.queue.forfeit((lines) => (this.#unconfirmed += this.#drops.addLines(lines, 'unconfirmed')))
  }

  /** Nobody will take what waits. */
  discard(): void {
    for (let lines = this.queue.next(); lines; lines = this.queue.next()) {
      this.#dropped += this.#drops.addLines(lines, 'closed')
    }
    this.queue.confirm(this.queue.inFlight)
  }

  /** What was dropped since this was last asked. */
  takeDrops(): DropTally | undefined {
    return this.#drops.take()
  }
}
