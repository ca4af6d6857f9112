import { isLifecycleNotice, noticeLine, readDrops, type Notice } from '@pino-funnel/channel'
import type { FileCollector } from '../append/file-collector.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import type { Roster } from '../mailboxes/roster.ts'
import type { LifecycleMonitor } from '../workers/lifecycle-monitor.ts'

export interface BurialsContext {
  readonly roster: Roster
  readonly lifecycle: LifecycleMonitor
  /** Puts a record into the log. */
  tell(file: FileCollector, notice: Notice): void
  /** A line to stderr. */
  report(message: string): void
}

/**
 * What becomes of the mailbox of a writer that has ended, when everything in it is in the log file: the log is told of
 * its drops and its end, by the mailbox's own last lines, so that it is told once, whoever is killed; then the mailbox is
 * deleted.
 */
export class Burials {
  readonly #context: BurialsContext
  /** What dead workers had left behind when this listener started, and is in the log files now. */
  readonly #recovered = new Map<FileCollector, { mailboxes: number; bytes: number }>()

  constructor(context: BurialsContext) {
    this.#context = context
  }

  /**
   * @param file - the one that the mailbox is for
   * @returns `'more to collect'` when its last lines are in the mailbox now, `'not yet'` when it is worth asking again soon
   * @throws the system's error; to be tried again then
   */
  bury(entry: MailboxEntry, file: FileCollector): 'buried' | 'more to collect' | 'not yet' {
    const lastWords = this.#addLastWords(entry, file)
    if (lastWords !== 'none') return lastWords
    if (!entry.wasSeenAlive && entry.bytes > 0 && !entry.reader.ending.hasLeft()) this.#countRecovered(entry, file)
    this.#context.roster.delete(entry)
    return 'buried'
  }

  #addLastWords(entry: MailboxEntry, file: FileCollector): 'none' | 'more to collect' | 'not yet' {
    if (entry.reader.ending.hasFinalLines()) return 'none'
    const { lifecycle } = this.#context
    const end = entry.isWorker ? lifecycle.judge(entry) : undefined
    if (end === 'not yet') return 'not yet'
    const notices = [dropsOf(entry), end && lifecycle.noticeOf(entry, end)]
    const lines = notices.map((notice) => this.#lineOf(file, notice)).join('')
    if (lines === '') return 'none'
    entry.reader.appendFinalLines(lines)
    return 'more to collect'
  }

  /** `''` when the log is not to have it. */
  #lineOf({ file, options: { lifecycle } }: FileCollector, notice: Notice | undefined): string {
    if (!notice) return ''
    if (isLifecycleNotice(notice) && !lifecycle.records[notice.event]) return ''
    this.#context.report(`${file}: ${JSON.stringify(notice)}`)
    return noticeLine(notice, lifecycle)
  }

  #countRecovered(entry: MailboxEntry, file: FileCollector): void {
    const { mailboxes, bytes } = this.#recovered.get(file) ?? { mailboxes: 0, bytes: 0 }
    this.#recovered.set(file, { mailboxes: mailboxes + 1, bytes: bytes + entry.bytes })
  }

  /** One record for all that was found at the start, not one for each worker: when all of it is in the log. */
  tellRecovered(): void {
    if (this.#recovered.size === 0) return
    for (const entry of this.#context.roster.entries) if (entry.life === 'ended') return
    for (const [file, recovered] of this.#recovered) this.#context.tell(file, { event: 'recovered', ...recovered })
    this.#recovered.clear()
  }
}

function dropsOf({ reader, committed }: MailboxEntry): Notice | undefined {
  const drops = readDrops(reader.directory, committed)
  const { pid, threadId } = reader.identity
  return drops && { event: 'dropped', worker: pid, thread: threadId, ...drops }
}
