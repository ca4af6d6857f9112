import {
  NO_LIFECYCLE_RECORDS,
  type ChildEnd,
  type LifecycleNotice,
  type LifecycleOptions,
  type WorkerActivity,
} from '@pino-funnel/channel'
import { performance } from 'node:perf_hooks'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { Ends, type End } from './ends.ts'
import type { PulseEvent } from './stall-detector.ts'
import { Succession, type Vacancy } from './replacements.ts'
import { WatchedWorker } from './monitored-worker.ts'
import { workerKey, workerName, workerRecords } from './worker-name.ts'

export interface LifecycleMonitorContext {
  entries(): Iterable<MailboxEntry>
  /** What is in force for the log file of a mailbox. */
  optionsOf(entry: MailboxEntry): LifecycleOptions
  /** Puts a record into the log file that a mailbox is for. */
  tell(entry: MailboxEntry, notice: LifecycleNotice): void
}

/**
 * Whoever is well is looked at half as often as others, and seldom whether he was stopped while he did nothing. Even, since
 * odd floor polls may be left out.
 */
const POLLS_PER_BRIEF_LOOK = 2
const POLLS_PER_THOROUGH_LOOK = 16

/** A pool may start the next worker before the listener knows how the one before it has ended. */
const NEWCOMER_MS = 3000

/** Watches over the workers, and tells their logs who comes and goes, and who has gone silent. */
export class LifecycleMonitor {
  readonly #context: LifecycleMonitorContext
  readonly #ends = new Ends()
  readonly #succession = new Succession()
  /** By key: one worker may write several mailboxes. */
  readonly #workers = new Map<string, WatchedWorker>()
  /** Keys of workers that may take somebody's place, and since when they are watched for that. */
  readonly #newcomers = new Map<string, number>()
  /** It is asked again when the mailbox could not be deleted. */
  readonly #judged = new WeakMap<MailboxEntry, End>()
  /** Whether a worker was uncertain after the last looks. */
  #someUncertain = false
  #nextLook: NodeJS.Immediate | undefined

  constructor(context: LifecycleMonitorContext) {
    this.#context = context
  }

  /** A worker's mailbox was found. */
  found(entry: MailboxEntry): void {
    if (entry.reader.wasFoundBefore) return
    const key = workerKey(entry)
    if (!entry.liveness.hasEnded && !this.#workers.has(key)) this.#newcomers.set(key, performance.now())
    this.#tell(entry, { event: 'joined', since: entry.reader.identity.since, ...workerName(entry) })
  }

  /** A worker is alive. */
  alive(entry: MailboxEntry): void {
    const key = workerKey(entry)
    const worker = this.#workers.get(key) ?? new WatchedWorker(entry)
    this.#workers.set(key, worker)
    worker.add(entry)
  }

  /** It has answered a ping, or has connected, which takes a turn of its event loop as well. */
  answered(entry: MailboxEntry): void {
    const worker = this.#workers.get(workerKey(entry))
    if (worker) this.#tellOf(worker, worker.answered())
  }

  /** @param parent - a mailbox of who reports it */
  childEnded(parent: MailboxEntry, end: ChildEnd): void {
    this.#ends.report(end, parent.reader.identity.pidNamespace)
  }

  ended(entry: MailboxEntry): void {
    const key = workerKey(entry)
    const worker = this.#workers.get(key)
    if (worker?.remove(entry) === 'one of several') return
    this.#workers.delete(key)
    this.#newcomers.delete(key)
  }

  /**
   * To be called at each floor poll. Answers are heard first: they may wait to be read because it was this listener that
   * was held up, by a slow disk, say.
   *
   * @param poll - its number. Whoever is well is looked at in those with even ones
   */
  look(poll: number): void {
    this.#nextLook ??= setImmediate(() => {
      this.#nextLook = undefined
      this.#lookAtAll(poll)
    })
  }

  #lookAtAll(poll: number): void {
    this.#someUncertain = false
    const depth = poll % POLLS_PER_THOROUGH_LOOK === 0 ? 'thorough' : 'brief'
    for (const worker of this.#workers.values()) {
      if (!worker.isUncertain && poll % POLLS_PER_BRIEF_LOOK > 0) continue
      this.#tellOf(
        worker,
        worker.look(depth, () => this.#stallAfter(worker)),
      )
      this.#someUncertain ||= worker.isUncertain
    }
    if (this.#newcomers.size > 0) this.#settleNewcomers()
  }

  /** What counts is what those logs wish that are told of stalls. */
  #stallAfter(worker: WatchedWorker): number {
    const wishes = [...worker.entries].map((entry) => this.#context.optionsOf(entry))
    const wished = wishes.filter(({ records }) => records.stalled).map(({ stallAfter }) => stallAfter)
    return wished.length > 0 ? Math.min(...wished) : NO_LIFECYCLE_RECORDS.stallAfter
  }

  #settleNewcomers(): void {
    const now = performance.now()
    for (const [key, since] of this.#newcomers) {
      const worker = this.#workers.get(key)
      const vacancy = worker && this.#succession.take(worker.identity, worker.since)
      if (vacancy) this.#tellReplaced(worker, vacancy)
      if (vacancy || now - since > NEWCOMER_MS) this.#newcomers.delete(key)
    }
  }

  #tellReplaced(worker: WatchedWorker, { former }: Vacancy): void {
    for (const entry of worker.entryOfEachFile()) {
      this.#tell(entry, { event: 'replaced', ...workerName(entry), former, records: entry.records })
    }
  }

  /**
   * How the writer of a mailbox has ended, when all it has written is in the log.
   *
   * @returns `'not yet'` when it is worth asking again soon
   */
  judge(entry: MailboxEntry): End | 'not yet' {
    const known = this.#judged.get(entry)
    if (known) return known
    const end = this.#ends.judge(entry, this.#context.entries())
    if (end === 'not yet') return end
    this.#judged.set(entry, end)
    if (end.event === 'died') this.#succession.died(entry, end)
    return end
  }

  /** What there is to say of an end, if anything. */
  noticeOf(entry: MailboxEntry, end: End): LifecycleNotice {
    const about = { ...workerName(entry), ...workerRecords(entry) }
    return end.event === 'left' ? { ...end, ...about } : { ...end, ...about, drained: entry.liveness.bytesSinceEnd }
  }

  /** Whether there was somebody at the last looks who is to be looked at in every poll. */
  get isUncertain(): boolean {
    return this.#someUncertain || this.#newcomers.size > 0
  }

  activityOf(entry: MailboxEntry): WorkerActivity | null {
    return this.#workers.get(workerKey(entry))?.activity ?? null
  }

  #tellOf(worker: WatchedWorker, event: PulseEvent | undefined): void {
    if (!event) return
    for (const entry of worker.entryOfEachFile()) {
      const since = Math.round(performance.timeOrigin + event.since)
      const about = event.event === 'resumed' ? workerName(entry) : { ...workerName(entry), ...workerRecords(entry) }
      this.#tell(entry, { ...event, ...about, since } as LifecycleNotice)
    }
  }

  #tell(entry: MailboxEntry, notice: LifecycleNotice): void {
    if (this.#context.optionsOf(entry).records[notice.event]) this.#context.tell(entry, notice)
  }

  close(): void {
    clearImmediate(this.#nextLook)
    for (const worker of this.#workers.values()) worker.close()
    this.#workers.clear()
  }
}
