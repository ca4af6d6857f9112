/**
 * What happens to a line between a log call and the mailbox: it is stored, held up for a while, or dropped and counted.
 */
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
import { sleepFor } from '../worker/sleep-for.ts'

/** Between two tries while a log call is held up. */
const BLOCK_STEP_MS = 2
/** Between two tries to report drops in the log while the application logs nothing. */
const REPORT_TRY_MS = 250

/** A record that was not taken, and why. */
export interface Dropped {
  /** `'mailbox full'`, `'channel full'`, or the system's code such as `'ENOSPC'`. */
  readonly cause: string
  readonly error: unknown
  /** No other record was dropped since there was room. */
  readonly isFirst: boolean
}

/** What an intake needs when it can't take a line. */
export interface IntakeEvents {
  /** Only a listener makes room, and there may be none. */
  assureListener(this: void): void
  /** The intake of a new mailbox, when this one's was moved or deleted and has no room for a segment any more. */
  successor(this: void): Intake | undefined
}

/**
 * Takes lines into the mailbox. When the mailbox is full, the intake holds the call up for a while, or drops the
 * line, and reports in the log how many were dropped as soon as there is room.
 */
export class Intake {
  readonly #mailbox: MailboxWriter
  readonly #policy: OverflowPolicy
  readonly #blockTimeout: number
  readonly #assureListener: () => void
  readonly #successor: () => Intake | undefined
  readonly #recorder: DropRecorder
  #tally: DropTally | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(mailbox: MailboxWriter, policy: OverflowPolicy, blockTimeout: number, events: IntakeEvents) {
    this.#mailbox = mailbox
    this.#policy = policy
    this.#blockTimeout = blockTimeout
    this.#assureListener = events.assureListener
    this.#successor = events.successor
    this.#recorder = new DropRecorder(mailbox.directory)
  }

  /** @returns `undefined` when the line was taken */
  take(line: string): Dropped | undefined {
    if (this.#tally) this.#report(this.#tally)
    const dropped = this.#tryToTake(line)
    if (!dropped) return undefined
    const successor = dropped.cause === 'ENOENT' ? this.#successor() : undefined
    if (successor) return successor.take(line)
    this.#assureListener()
    // A call waits only if none has waited in vain since there was room.
    if (this.#policy === 'block' && !this.#tally && this.#waitForRoom(line)) return undefined
    const isFirst = this.#tally === undefined
    this.#drop(line, dropped.cause)
    return { ...dropped, isFirst }
  }

  /**
   * Takes several lines at once, as far as it has to decide nothing about them.
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
    for (let waited = 0; waited < this.#blockTimeout; waited += BLOCK_STEP_MS) {
      sleepFor(BLOCK_STEP_MS)
      if (!this.#tryToTake(line)) return true
      this.#assureListener()
    }
    return false
  }

  /**
   * Closes the intake of a mailbox that is gone, and takes over the drops that it has not reported. It must not report
   * them now: a deleted mailbox takes the report, too, and no listener would ever read it.
   */
  takeOver(former: Intake): void {
    const unreported = former.#tally
    if (unreported) {
      this.#tally = unreported
      this.#remember(unreported)
    }
    former.#handedOver()
  }

  #handedOver(): void {
    timers.clearInterval(this.#timer)
    // The listener may still find this mailbox, in a moved directory, and would report the drops again.
    if (this.#tally) this.#recorder.clear()
    this.#recorder.close()
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

  /**
   * The report is of level warn, so the mailbox's reserve would take it; it waits until other records are taken, too.
   */
  #report(tally: DropTally): void {
    if (!this.#mailbox.takesAll()) return
    const line = noticeLine({ event: 'dropped', worker: process.pid, thread: threadId, ...tally })
    this.#recorder.store(tally, this.#mailbox.position)
    if (this.#tryToTake(line)) {
      // Another line may take that position now.
      this.#recorder.store(tally)
      return
    }
    this.#tally = undefined
    this.#recorder.clear()
    timers.clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Reports drops in the log if there is room; otherwise the listener reports them. */
  close(): void {
    if (this.#tally) this.#report(this.#tally)
    timers.clearInterval(this.#timer)
    this.#recorder.close()
  }
}
