import { differencesOf, type Difference } from '@pino-funnel/channel'
import type { FileCollector } from '../append/file-collector.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

export interface AgreementContext {
  /** All mailboxes of workers, the listener's own left out. */
  workers(): Iterable<MailboxEntry>
  /** Asks the kernel at once about workers that may be dead. */
  askAboutDoubted(): void
  /** Called once for each worker whose wishes are not in force. */
  disagrees(entry: MailboxEntry, differences: readonly Difference[]): void
}

/**
 * Whose wishes for a log file are in force.
 *
 * The oldest living worker's, so that each listener comes to the same result, and new wishes count when the last worker
 * with the old ones has gone. While none is known to live, the youngest's: it may have come with new options after a
 * crash of all.
 */
export class Agreement {
  readonly #context: AgreementContext
  /** Log files of which it is known whose wishes are in force. */
  readonly #reached = new WeakSet<FileCollector>()

  constructor(context: AgreementContext) {
    this.#context = context
  }

  /** To be called whenever a worker has come, was seen alive, or has ended. */
  review(file: FileCollector): void {
    const workers = this.#workersOf(file)
    if (workers.some(isDoubted) && workers.some((entry) => wishesElse(entry, file))) {
      this.#reached.delete(file)
      this.#context.askAboutDoubted()
      return
    }
    const living = workers.filter(({ life, wasSeenAlive }) => wasSeenAlive && life !== 'ended')
    const decisive = living.length > 0 ? byAge(living)[0] : byAge(workers).at(-1)
    if (!decisive) return
    file.adopt(decisive.reader.identity.log, decisive.reader.identity.application)
    for (const entry of living) this.#compare(file, entry)
  }

  #compare(file: FileCollector, entry: MailboxEntry): void {
    const differences = differencesOf(entry.reader.identity.log, file.options)
    if (differences.length === 0 || entry.wasToldOfDifferences) return
    entry.wasToldOfDifferences = true
    this.#context.disagrees(entry, differences)
  }

  /**
   * What a file's limits delete, and how its lines are rendered, can't be taken back: nothing is done until each worker
   * that was there at the beginning was asked about, nor while one may be dead and another one wishes something else.
   * That takes as long as a connect.
   */
  isReached(file: FileCollector): boolean {
    if (this.#reached.has(file)) return true
    if (this.#workersOf(file).some((entry) => !entry.wasAskedAbout)) return false
    this.#reached.add(file)
    this.review(file)
    return true
  }

  #workersOf(file: FileCollector): MailboxEntry[] {
    return [...this.#context.workers()].filter((entry) => entry.file === file.file)
  }
}

/** It was alive, and is to be asked about again. */
function isDoubted({ life, wasSeenAlive, wasAskedAbout }: MailboxEntry): boolean {
  return life !== 'ended' && wasSeenAlive && !wasAskedAbout
}

function wishesElse(entry: MailboxEntry, file: FileCollector): boolean {
  return differencesOf(entry.reader.identity.log, file.options).length > 0
}

/** The oldest first; ids decide between those of the same age. */
function byAge(entries: readonly MailboxEntry[]): MailboxEntry[] {
  return entries.toSorted((one, other) => {
    return one.reader.identity.since - other.reader.identity.since || (one.id < other.id ? -1 : 1)
  })
}
