/**
 * Monitors the workers, and puts records about them into their logs: which came, ended or replaced another one, and
 * which have stalled.
 *
 * What always holds in this room: it reports, and decides nothing. No line is read, kept or deleted on its word, so
 * that a wrong guess about a stall costs a record, and never a line.
 */
import {
  NO_LIFECYCLE_RECORDS,
  type ChildEnd,
  type LifecycleNotice,
  type LifecycleOptions,
  type WorkerActivity,
} from '@pino-funnel/channel'
import { performance } from 'node:perf_hooks'
import { Ends, type End } from './ends.ts'
import { MonitoredWorker, THIS_MACHINE, type Machine } from './monitored-worker.ts'
import { Replacements, type UnreplacedDeath } from './replacements.ts'
import type { StallEvent } from './stall-detector.ts'
import { workerKey, workerName, workerRecords, type WorkerMailbox } from './worker-mailbox.ts'

export interface LifecycleMonitorContext {
  mailboxes(this: void): Iterable<WorkerMailbox>
  /** The effective options of the log file that a mailbox is for. */
  optionsOf(this: void, mailbox: WorkerMailbox): LifecycleOptions
  /** Puts a record into the log file that a mailbox is for. */
  notify(this: void, mailbox: WorkerMailbox, notice: LifecycleNotice): void
}

/** A worker that is well is only checked in every second fallback poll. Even polls, since odd ones may be left out. */
const POLLS_PER_BRIEF_CHECK = 2
/** Fallback polls between two checks whether a worker that does nothing was stopped: 1.5 s. */
const POLLS_PER_FULL_CHECK = 6

/**
 * Time in which an earlier death may turn out: a pool may start the next worker before the listener knows of the death.
 */
const REPLACES_MS = 3000

export class LifecycleMonitor {
  readonly #context: LifecycleMonitorContext
  readonly #machine: Machine
  readonly #ends = new Ends()
  readonly #replacements = new Replacements((profile) => this.#ends.reportedAt(profile))
  /** By key: one worker may write several mailboxes. */
  readonly #workers = new Map<string, MonitoredWorker>()
  /** Keys of new workers that may replace a dead one, and when they came. */
  readonly #arrivals = new Map<string, number>()
  /** Verdicts, for mailboxes that could not be deleted at the first try. */
  readonly #judged = new WeakMap<WorkerMailbox, End>()
  /** Whether any worker was uncertain at the last check. */
  #someUncertain = false
  #nextCheck: NodeJS.Immediate | undefined

  constructor(context: LifecycleMonitorContext, machine: Machine = THIS_MACHINE) {
    this.#context = context
    this.#machine = machine
  }

  /** A worker's mailbox was found. */
  found(mailbox: WorkerMailbox): void {
    if (mailbox.reader.wasFoundBefore) return
    const key = workerKey(mailbox)
    if (!mailbox.liveness.hasEnded && !this.#workers.has(key)) this.#arrivals.set(key, this.#machine.now())
    this.#notify(mailbox, { event: 'joined', since: mailbox.reader.profile.since, ...workerName(mailbox) })
  }

  /** A worker is alive. */
  alive(mailbox: WorkerMailbox): void {
    const key = workerKey(mailbox)
    const worker = this.#workers.get(key) ?? new MonitoredWorker(mailbox, this.#machine)
    this.#workers.set(key, worker)
    worker.add(mailbox)
  }

  /** A worker has answered a ping, or has connected, which takes a turn of its event loop as well. */
  answered(mailbox: WorkerMailbox): void {
    const worker = this.#workers.get(workerKey(mailbox))
    if (worker) this.#notifyEachFile(worker, worker.answered())
  }

  /** @param parent - a mailbox of the worker that reports the end */
  childEnded(parent: WorkerMailbox, end: ChildEnd): void {
    this.#ends.report(end, parent.reader.profile.pidNamespace)
  }

  /** A worker has ended. */
  ended(mailbox: WorkerMailbox): void {
    const key = workerKey(mailbox)
    const worker = this.#workers.get(key)
    if (worker?.remove(mailbox) === 'one of several') return
    this.#workers.delete(key)
    this.#arrivals.delete(key)
  }

  /**
   * Checks the workers, after the event loop has taken in their answers: answers may wait to be read because the
   * listener itself was held up, by a slow disk, say. To be called at each fallback poll.
   *
   * @param poll - the number of the poll
   */
  check(poll: number): void {
    this.#nextCheck ??= setImmediate(() => {
      this.#nextCheck = undefined
      this.#checkAll(poll)
    })
  }

  #checkAll(poll: number): void {
    this.#someUncertain = false
    const depth = poll % POLLS_PER_FULL_CHECK === 0 ? 'full' : 'brief'
    for (const worker of this.#workers.values()) {
      if (!worker.isUncertain && poll % POLLS_PER_BRIEF_CHECK > 0) continue
      const event = worker.check(depth, () => this.#stallAfter(worker))
      this.#notifyEachFile(worker, event)
      this.#someUncertain ||= worker.isUncertain
    }
    if (this.#arrivals.size > 0) this.#matchArrivals()
  }

  /** The shortest `stallAfter` of the worker's logs that record stalls. */
  #stallAfter(worker: MonitoredWorker): number {
    const options = [...worker.mailboxes].map((mailbox) => this.#context.optionsOf(mailbox))
    const spans = options.filter(({ records }) => records.stalled).map(({ stallAfter }) => stallAfter)
    return spans.length > 0 ? Math.min(...spans) : NO_LIFECYCLE_RECORDS.stallAfter
  }

  /** Finds the dead workers that new ones have replaced. */
  #matchArrivals(): void {
    const now = this.#machine.now()
    for (const [key, since] of this.#arrivals) {
      const worker = this.#workers.get(key)
      const death = worker && this.#replacements.take(worker.profile, worker.since, worker.startedAt)
      if (death) this.#notifyReplaced(worker, death)
      if (death || now - since > REPLACES_MS) this.#arrivals.delete(key)
    }
  }

  #notifyReplaced(worker: MonitoredWorker, { former }: UnreplacedDeath): void {
    for (const mailbox of worker.mailboxOfEachFile()) {
      this.#notify(mailbox, { event: 'replaced', ...workerName(mailbox), former, records: mailbox.records })
    }
  }

  /**
   * How the writer of a mailbox has ended. To be called when all of its lines are in the log.
   *
   * @returns `'not yet'` when it is worth asking again soon
   */
  judge(mailbox: WorkerMailbox): End | 'not yet' {
    const known = this.#judged.get(mailbox)
    if (known) return known
    const end = this.#ends.judge(mailbox, this.#context.mailboxes())
    if (end === 'not yet') return end
    this.#judged.set(mailbox, end)
    if (end.event === 'died') this.#replacements.died(mailbox, end)
    return end
  }

  /** The notice of an end. */
  noticeOf(mailbox: WorkerMailbox, end: End): LifecycleNotice {
    const about = { ...workerName(mailbox), ...workerRecords(mailbox) }
    return end.event === 'left' ? { ...end, ...about } : { ...end, ...about, drained: mailbox.liveness.bytesSinceEnd }
  }

  /** Whether any worker has to be checked in the next poll, even or odd. */
  get isUncertain(): boolean {
    return this.#someUncertain || this.#arrivals.size > 0
  }

  activityOf(mailbox: WorkerMailbox): WorkerActivity | null {
    return this.#workers.get(workerKey(mailbox))?.activity ?? null
  }

  #notifyEachFile(worker: MonitoredWorker, event: StallEvent | undefined): void {
    if (!event) return
    for (const mailbox of worker.mailboxOfEachFile()) {
      const since = Math.round(performance.timeOrigin + event.since)
      const name = workerName(mailbox)
      const about = event.event === 'resumed' ? name : { ...name, ...workerRecords(mailbox) }
      this.#notify(mailbox, { ...event, ...about, since } as LifecycleNotice)
    }
  }

  #notify(mailbox: WorkerMailbox, notice: LifecycleNotice): void {
    if (this.#context.optionsOf(mailbox).records[notice.event]) this.#context.notify(mailbox, notice)
  }

  close(): void {
    clearImmediate(this.#nextCheck)
    for (const worker of this.#workers.values()) worker.close()
    this.#workers.clear()
  }
}
