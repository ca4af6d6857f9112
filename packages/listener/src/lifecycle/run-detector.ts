/**
 * When a run of the application begins, for log files that are to be rotated then (`rotateAtStart`): a worker comes, and
 * no other one of the same log file is there. A new listener under workers that live on begins no run.
 *
 * What newcomers log is held back until that is known, which takes as long as to ask the kernel about the others, and
 * until what workers of the run before have left is in the log file: it belongs there, and not into the new one.
 */
import type { FileCollector } from '../append/file-collector.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

/** What became of newcomers. */
export interface Admitted {
  readonly newcomers: readonly MailboxEntry[]
  /** Whether a run begins with them. */
  readonly isStart: boolean
}

export class Starts {
  /** Workers of which it is not known yet whether they begin a run. */
  readonly #newcomers = new Map<FileCollector, Set<MailboxEntry>>()

  /** Log files that newcomers wait for. */
  get files(): FileCollector[] {
    return [...this.#newcomers.keys()]
  }

  /** A mailbox was found. */
  found(entry: MailboxEntry, file: FileCollector): void {
    const { rotation } = entry.reader.identity.log
    if (!entry.isWorker || !rotation.atStart || entry.reader.wasFoundBefore) return
    this.#newcomers.set(file, (this.#newcomers.get(file) ?? new Set()).add(entry))
  }

  /** Whether a mailbox must not be read yet. */
  holds(entry: MailboxEntry, file: FileCollector): boolean {
    return this.#newcomers.get(file)?.has(entry) ?? false
  }

  /**
   * Lets newcomers in, when it is time. To be called when all there is to read of the others was read.
   *
   * @param entries - all mailboxes
   */
  admit(file: FileCollector, entries: Iterable<MailboxEntry>): Admitted | undefined {
    const newcomers = this.#newcomers.get(file)
    if (!newcomers) return undefined
    const workers = [...entries].filter((entry) => {
      return entry.file === file.file && entry.isWorker
    })
    const others = workers.filter((entry) => !newcomers.has(entry))
    const isStart = !others.some((entry) => isAlive(entry))
    if (isStart && workers.some(({ life, wasAskedAbout }) => life !== 'ended' && !wasAskedAbout)) return undefined
    // What is asleep is there only because it can't be read or deleted at present.
    if (isStart && others.some(({ attention }) => attention !== 'asleep')) return undefined
    this.#newcomers.delete(file)
    return { newcomers: [...newcomers], isStart }
  }
}

function isAlive({ life, wasAskedAbout }: MailboxEntry): boolean {
  return life !== 'ended' && wasAskedAbout
}
