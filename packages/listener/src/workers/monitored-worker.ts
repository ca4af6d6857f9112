import { pidNamespace, type MailboxIdentity, type WorkerActivity } from '@pino-funnel/channel'
import { performance } from 'node:perf_hooks'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { Pulse, type PulseEvent } from './stall-detector.ts'
import { VitalMonitor } from './thread-stats.ts'

const OWN_NAMESPACE = pidNamespace()

/** A worker that is alive, with all its mailboxes. Where the kernel tells nothing of it, it is not asked either. */
export class WatchedWorker {
  /** That of its first mailbox. */
  readonly identity: MailboxIdentity
  readonly #entries = new Set<MailboxEntry>()
  #since = Infinity
  readonly #monitor: VitalMonitor | undefined
  readonly #pulse = new Pulse()

  constructor({ reader: { identity } }: MailboxEntry) {
    const { pid, kernelThread } = identity
    this.identity = identity
    this.#monitor = identity.pidNamespace === OWN_NAMESPACE ? VitalMonitor.open(pid, kernelThread) : undefined
  }

  get entries(): ReadonlySet<MailboxEntry> {
    return this.#entries
  }

  /** When it has come, as far as its mailboxes tell, ms since the epoch. */
  get since(): number {
    return this.#since
  }

  add(entry: MailboxEntry): void {
    this.#entries.add(entry)
    this.#since = Math.min(this.#since, entry.reader.identity.since)
  }

  /** @returns whether it was the last one */
  remove(entry: MailboxEntry): 'last' | 'one of several' {
    this.#entries.delete(entry)
    if (this.#entries.size === 0) {
      this.close()
      return 'last'
    }
    // The question, or the answer, may have gone with its connection.
    if (this.isUncertain) this.#ask()
    return 'one of several'
  }

  /** Two destinations may log to one file. */
  entryOfEachFile(): Iterable<MailboxEntry> {
    return new Map([...this.#entries].map((entry) => [entry.file, entry])).values()
  }

  get isUncertain(): boolean {
    return this.#pulse.isUncertain
  }

  get activity(): WorkerActivity | null {
    if (!this.#monitor) return null
    const { state, at } = this.#pulse.activity
    return { state, since: at === undefined ? null : Math.round(performance.timeOrigin + at) }
  }

  /**
   * @param depth - `brief` when it is enough to know of one that is well whether it has done anything
   * @param stallAfter - ms
   */
  look(depth: 'brief' | 'thorough', stallAfter: () => number): PulseEvent | undefined {
    const monitor = this.#monitor
    if (!monitor || (depth === 'brief' && this.#pulse.rests(monitor.cpu() ?? Infinity))) return undefined
    const signs = monitor.read()
    if (!signs) return undefined
    const outcome = this.#pulse.look(signs, performance.now(), stallAfter(), () => monitor.waitsForLock())
    if (outcome === 'ask') this.#ask()
    // It may have been asked in vain before it was stopped.
    else if (outcome?.event === 'resumed') this.#ask()
    return outcome === 'ask' ? undefined : outcome
  }

  /** One that has no connection is going to have one: as good an answer. */
  #ask(): void {
    for (const entry of this.#entries) if (entry.liveness.ping()) return
  }

  answered(): PulseEvent | undefined {
    return this.#pulse.answer(performance.now())
  }

  close(): void {
    this.#monitor?.close()
  }
}
