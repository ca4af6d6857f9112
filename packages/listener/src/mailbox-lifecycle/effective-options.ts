/**
 * Which options of a log file are effective when its workers request different ones: those of the oldest living worker,
 * so that each listener comes to the same result, and others become effective when the last worker with the old ones
 * has gone. While no worker is known to live, those of the youngest are: after a crash of all, it may have come with
 * new ones.
 */
import { differencesOf, type Difference } from '@pino-funnel/channel'
import type { FileCollector } from '../append/file-collector.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

export interface EffectiveOptionsContext {
  /** All mailboxes of workers, without the listener's own. */
  workers(): Iterable<MailboxEntry>
  /** Asks the kernel at once about workers that may be dead. */
  probeSuspects(): void
  /** Called once for each worker whose options differ from the effective ones. */
  differ(entry: MailboxEntry, differences: readonly Difference[]): void
}

export class EffectiveOptions {
  readonly #context: EffectiveOptionsContext
  /** Log files whose effective options are decided. */
  readonly #decided = new WeakSet<FileCollector>()
  /** Mailboxes whose workers were informed that their options are not effective. */
  readonly #informed = new WeakSet<MailboxEntry>()

  constructor(context: EffectiveOptionsContext) {
    this.#context = context
  }

  /** To be called whenever a worker has come, was seen alive, or has ended. */
  review(file: FileCollector): void {
    const workers = this.#workersOf(file)
    if (workers.some(mayBeDead) && workers.some((entry) => requestsOthers(entry, file))) {
      this.#decided.delete(file)
      this.#context.probeSuspects()
      return
    }
    const living = workers.filter(({ liveness }) => liveness.wasSeenAlive && !liveness.hasEnded)
    const decisive = living.length > 0 ? byAge(living)[0] : byAge(workers).at(-1)
    if (!decisive) return
    file.adopt(decisive.reader.profile.log, decisive.reader.profile.application)
    for (const entry of living) this.#compare(file, entry)
  }

  #compare(file: FileCollector, entry: MailboxEntry): void {
    const differences = differencesOf(entry.reader.profile.log, file.options)
    if (differences.length === 0 || this.#informed.has(entry)) return
    this.#informed.add(entry)
    this.#context.differ(entry, differences)
  }

  /**
   * Whether the options of a log file may be applied. What its limits delete, and how its lines are rendered, can't be
   * undone: nothing is done until there is evidence about each worker, nor while one may be dead and another one
   * requests other options. That takes as long as a connect.
   */
  areDecided(file: FileCollector): boolean {
    if (this.#decided.has(file)) return true
    if (this.#workersOf(file).some(({ liveness }) => !liveness.hasEvidence)) return false
    this.#decided.add(file)
    this.review(file)
    return true
  }

  #workersOf(file: FileCollector): MailboxEntry[] {
    return [...this.#context.workers()].filter((entry) => entry.file === file.name)
  }
}

/** It was alive, and the kernel has to be asked again. */
function mayBeDead({ liveness }: MailboxEntry): boolean {
  return !liveness.hasEnded && liveness.wasSeenAlive && !liveness.hasEvidence
}

function requestsOthers(entry: MailboxEntry, file: FileCollector): boolean {
  return differencesOf(entry.reader.profile.log, file.options).length > 0
}

/** The oldest first; ids decide between those of the same age. */
function byAge(entries: readonly MailboxEntry[]): MailboxEntry[] {
  return entries.toSorted((one, other) => {
    return one.reader.profile.since - other.reader.profile.since || (one.id < other.id ? -1 : 1)
  })
}
