/**
 * When a run of the application begins, for log files that are rotated then (`rotateAtStart`): a worker comes, and no
 * other worker of the same log file is there. A new listener among workers that live on begins no run.
 *
 * What a new worker logs is held back until that is known, which takes as long as to ask the kernel about the others,
 * and until the log file has what workers of the run before have left: it belongs there, and not into the new file.
 */
import type { FileCollector } from '../append/file-collector.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

/** Mailboxes that may be read from now on. */
export interface Admitted {
  readonly entries: readonly MailboxEntry[]
  /** Whether a run begins with them. */
  readonly isStart: boolean
}

export class RunDetector {
  /** Mailboxes of workers that may begin a run, by log file. */
  readonly #pending = new Map<FileCollector, Set<MailboxEntry>>()

  /** Log files with pending mailboxes. */
  get files(): FileCollector[] {
    return [...this.#pending.keys()]
  }

  /** A mailbox was found. */
  found(entry: MailboxEntry, file: FileCollector): void {
    const { rotation } = entry.reader.profile.log
    if (!entry.isWorker || !rotation.atStart || entry.reader.wasFoundBefore) return
    this.#pending.set(file, (this.#pending.get(file) ?? new Set()).add(entry))
  }

  /** Whether a mailbox must not be read yet. */
  holds(entry: MailboxEntry, file: FileCollector): boolean {
    return this.#pending.get(file)?.has(entry) ?? false
  }

  /**
   * Admits the pending mailboxes of a log file when it is known whether a run begins. To be called when everything that
   * the other mailboxes have was read.
   *
   * @param entries - all mailboxes
   */
  admit(file: FileCollector, entries: Iterable<MailboxEntry>): Admitted | undefined {
    const pending = this.#pending.get(file)
    if (!pending) return undefined
    const workers = [...entries].filter((entry) => entry.file === file.name && entry.isWorker)
    const others = workers.filter((entry) => !pending.has(entry))
    const isStart = !others.some(isAlive)
    if (isStart && workers.some(({ liveness }) => !liveness.hasEnded && !liveness.hasEvidence)) return undefined
    // A mailbox that is asleep is there only because it can't be read or deleted now.
    if (isStart && others.some(({ reading }) => reading.state !== 'asleep')) return undefined
    this.#pending.delete(file)
    return { entries: [...pending], isStart }
  }
}

function isAlive({ liveness }: MailboxEntry): boolean {
  return !liveness.hasEnded && liveness.hasEvidence
}
