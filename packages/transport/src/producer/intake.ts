import {
  countDrop,
  DropRecorder,
  levelOf,
  noticeLine,
  systemCode,
  type DropTally,
  type MailboxWriter,
} from '@pino-funnel/channel'
import { timers } from '@pino-funnel/channel/captured'
import { threadId } from 'node:worker_threads'
import type { OverflowPolicy } from '../options/destination-options.ts'

/** Between two tries while a call is held up. */
const BLOCK_STEP_MS = 2
/** While something was dropped and nobody logs, this often is looked whether the log can be told about it. */
const REPORT_TRY_MS = 250

/** What somebody who waits in vain waits on. */
const nothing = new Int32Array(new SharedArrayBuffer(4))

/** A record that was not taken, and why. */
export interface Dropped {
  /** `'mailbox full'`, `'channel full'`, or the system's code such as `'ENOSPC'`. */
  readonly cause: string
  readonly error: unknown
  /** No other record was dropped since there was room. */
  readonly isFirst: boolean
}

/**
 * Takes lines into the mailbox, and knows what to do when it takes no more: hold the call up for a while, or drop, and
 * tell the log how many as soon as it can be told.
 */
export class Intake {
  readonly #mailbox: MailboxWriter
  readonly #policy: OverflowPolicy
  readonly #blockTimeout: number
  readonly #recorder: DropRecorder
  #tally: DropTally | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(mailbox: MailboxWriter, policy: OverflowPolicy, blockTimeout: number) {
    this.#mailbox = mailbox
    this.#policy = policy
    this.#blockTimeout = blockTimeout
    this.#recorder = new DropRecorder(mailbox.directory)
  }

  /** @returns `undefined` when the line was taken */
  take(line: string): Dropped | undefined {
    if (this.#tally) this.#report(this.#tally)
    const dropped = this.#tryToTake(line)
    if (!dropped) return undefined
    // Who has waited in vain once does not wait again before there was room.
    if (this.#policy === 'block' && !this.#tally && this.#waitForRoom(line)) return undefined
    const isFirst = this.#tally === undefined
    this.#drop(line, dropped.cause)
    return { ...dropped, isFirst }
  }

  /**
   * Takes several lines at once, as far as there is nothing to decide about them.
   *
   * @returns how many of the characters were taken, from the first on: whole lines
   */
  takeBlock(lines: string): number {
    return this.#tally ? 0 : this.#mailbox.appendBlock(lines)
  }

  #tryToTake(line: string): Omit<Dropped, 'isFirst'> | undefined {
    try {
      const refusal = this.#mailbox.append(line)
      return refusal === undefined ? undefined : { cause: refusal, error: undefined }
    } catch (error) {
      return { cause: systemCode(error) ?? String(error), error }
    }
  }

  #waitForRoom(line: string): boolean {
    // Counted, not read from a clock: a clock that stands still must not hold the call up for ever.
    for (let waited = 0; waited < this.#blockTimeout; waited += BLOCK_STEP_MS) {
      Atomics.wait(nothing, 0, 0, BLOCK_STEP_MS)
      if (!this.#tryToTake(line)) return true
    }
    return false
  }

  /**
   * Closes the intake of a mailbox that is gone, and takes over what it has not told the log. It must not tell it now:
   * a mailbox that was deleted takes that, too, and nobody would ever read it.
   */
  succeed(former: Intake): void {
    const untold = former.#tally
    timers.clearInterval(former.#timer)
    if (untold) {
      this.#tally = untold
      this.#remember(untold)
      // The mailbox may still be found, in a directory that was moved.
      former.#recorder.clear()
    }
    former.#recorder.close()
  }

  #drop(line: string, cause: string): void {
    this.#tally = countDrop(this.#tally, levelOf(line), cause)
    this.#remember(this.#tally)
  }

  #remember(tally: DropTally): void {
    this.#recorder.store(tally)
    this.#timer ??= timers
      .setInterval(() => {
        if (this.#tally) this.#report(this.#tally)
      }, REPORT_TRY_MS)
      .unref()
  }

  /** The record is of level warn, so that the reserve takes it; but it waits until others would be taken too. */
  #report(tally: DropTally): void {
    if (!this.#mailbox.takesAll()) return
    const line = noticeLine({ event: 'dropped', worker: process.pid, thread: threadId, ...tally })
    this.#recorder.store(tally, this.#mailbox.position)
    if (this.#tryToTake(line)) {
      // Other lines may come to that place now.
      this.#recorder.store(tally)
      return
    }
    this.#tally = undefined
    this.#recorder.clear()
    timers.clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Tells the log about drops, if it can still be told; otherwise the listener will. */
  close(): void {
    if (this.#tally) this.#report(this.#tally)
    timers.clearInterval(this.#timer)
    this.#recorder.close()
  }
}
