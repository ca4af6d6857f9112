import { pidNamespace, type WriterProfile, type WorkerActivity } from '@pino-funnel/channel'
import { performance } from 'node:perf_hooks'
import { StallDetector, type StallEvent } from './stall-detector.ts'
import { ThreadStatsReader, type ThreadStatsSource } from './thread-stats.ts'
import type { WorkerMailbox } from './worker-mailbox.ts'

const OWN_NAMESPACE = pidNamespace()

/** The machine that workers run on, as far as their monitoring depends on it. */
export interface Machine {
  /** @returns `undefined` where the kernel has no statistics */
  openStats(this: void, pid: number, thread: number): ThreadStatsSource | undefined
  /** Ms since the time origin of this process; they only grow. */
  now(this: void): number
}

export const THIS_MACHINE: Machine = {
  openStats: (pid, thread) => ThreadStatsReader.open(pid, thread),
  now: () => performance.now(),
}

/** A worker that is alive, with all its mailboxes. A worker without thread statistics is not monitored for stalls. */
export class MonitoredWorker {
  /** The profile in its first mailbox. */
  readonly profile: WriterProfile
  readonly #mailboxes = new Set<WorkerMailbox>()
  #since = Infinity
  readonly #machine: Machine
  readonly #stats: ThreadStatsSource | undefined
  readonly #detector = new StallDetector()

  constructor({ reader: { profile } }: WorkerMailbox, machine: Machine) {
    const { pid, kernelThread } = profile
    this.profile = profile
    this.#machine = machine
    this.#stats = profile.pidNamespace === OWN_NAMESPACE ? machine.openStats(pid, kernelThread) : undefined
  }

  get mailboxes(): ReadonlySet<WorkerMailbox> {
    return this.#mailboxes
  }

  /** When its first mailbox was made, ms since the epoch. */
  get since(): number {
    return this.#since
  }

  /** When its thread was started, ms since the epoch; `undefined` where that is not known. */
  get startedAt(): number | undefined {
    return this.#stats?.startedAt
  }

  add(mailbox: WorkerMailbox): void {
    this.#mailboxes.add(mailbox)
    this.#since = Math.min(this.#since, mailbox.reader.profile.since)
  }

  /** @returns whether it was the last one */
  remove(mailbox: WorkerMailbox): 'last' | 'one of several' {
    this.#mailboxes.delete(mailbox)
    if (this.#mailboxes.size === 0) {
      this.close()
      return 'last'
    }
    // The ping or its answer may be lost with the mailbox's connection.
    if (this.isUncertain) this.#ping()
    return 'one of several'
  }

  /** One mailbox for each log file: two destinations may log to the same file. */
  mailboxOfEachFile(): Iterable<WorkerMailbox> {
    return new Map([...this.#mailboxes].map((mailbox) => [mailbox.file, mailbox])).values()
  }

  get isUncertain(): boolean {
    return this.#detector.isUncertain
  }

  get activity(): WorkerActivity | null {
    if (!this.#stats) return null
    const { state, at } = this.#detector.activity
    return { state, since: at === undefined ? null : Math.round(performance.timeOrigin + at) }
  }

  /**
   * @param depth - `brief` only checks whether the worker, if it is well, has used a CPU
   * @param stallAfter - ms
   */
  check(depth: 'brief' | 'full', stallAfter: () => number): StallEvent | undefined {
    const reader = this.#stats
    if (!reader || (depth === 'brief' && this.#detector.isIdle(reader.cpu() ?? Infinity))) return undefined
    const stats = reader.read()
    if (!stats) return undefined
    const outcome = this.#detector.check(stats, this.#machine.now(), stallAfter(), () => reader.waitsForLock())
    if (outcome === 'ask') this.#ping()
    // A ping from before the stop may be lost.
    else if (outcome?.event === 'resumed') this.#ping()
    return outcome === 'ask' ? undefined : outcome
  }

  /** Pings one mailbox. If none has a connection, one of them is about to connect, which is as good an answer. */
  #ping(): void {
    for (const { liveness } of this.#mailboxes) if (liveness.ping()) return
  }

  answered(): StallEvent | undefined {
    return this.#detector.answered(this.#machine.now())
  }

  close(): void {
    this.#stats?.close()
  }
}
