/**
 * Deletes the mailbox of a writer that has ended, when everything in it is in the log file. What there is to say of the
 * end (dropped records, how the worker ended) becomes the final lines of the mailbox itself before: so the log has it
 * once, whenever the listener is killed.
 */
import {
  isLifecycleNotice,
  isRecorded,
  noticeLine,
  readDrops,
  type LifecycleNotice,
  type LifecycleOptions,
  type Notice,
} from '@pino-funnel/channel'
import type { FileCollector } from '../append/file-collector.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import type { Roster } from '../mailboxes/roster.ts'
import type { LifecycleMonitor } from '../workers/lifecycle-monitor.ts'

export interface MailboxReaperContext {
  /** Whether the listener before this one did not leave, but was killed. */
  readonly isAfterCrash: boolean
  readonly roster: Roster
  readonly monitor: LifecycleMonitor
  /** Puts a record of pino-funnel itself into the log. */
  notify(this: void, file: FileCollector, notice: Notice): void
  /** A line to stderr. */
  report(this: void, message: string): void
}

/** What became of a mailbox: `'not yet'` is worth asking again soon. */
export type Reaped = 'let go' | 'has final lines' | 'not yet'

export class MailboxReaper {
  readonly #context: MailboxReaperContext
  /** What dead workers had left behind when this listener started, and is in the log files now. */
  readonly #recovered = new Map<FileCollector, { mailboxes: number; bytes: number }>()

  constructor(context: MailboxReaperContext) {
    this.#context = context
  }

  /**
   * @param file - the log file that the mailbox is for
   * @throws the system's error; to be tried again then
   */
  reap(entry: MailboxEntry, file: FileCollector): Reaped {
    const { roster } = this.#context
    if (entry.liveness.isAway) {
      roster.forget(entry)
      return 'let go'
    }
    if (entry.reader.hasLaterSegments()) return 'not yet'
    const finalLines = this.#appendFinalLines(entry, file)
    if (finalLines !== 'none') return finalLines
    if (this.#wasLeftBehind(entry)) this.#countRecovered(entry, file)
    roster.delete(entry)
    return 'let go'
  }

  #appendFinalLines(entry: MailboxEntry, file: FileCollector): 'none' | 'has final lines' | 'not yet' {
    if (entry.reader.ending.hasFinalLines()) return 'none'
    const { monitor } = this.#context
    const end = entry.isWorker ? monitor.judge(entry) : undefined
    if (end === 'not yet') return 'not yet'
    const { lifecycle } = file.options
    const recorded = [dropsOf(entry), end && monitor.noticeOf(entry, end)]
      .filter((notice) => notice !== undefined)
      .filter((notice) => isWanted(notice, lifecycle))
    if (recorded.length === 0) return 'none'
    const { ending, position } = entry.reader
    ending.appendFinalLines(position.sequence, recorded.map((notice) => noticeLine(notice, lifecycle)).join(''))
    for (const notice of recorded) this.#context.report(`${file.name}: ${JSON.stringify(notice)}`)
    return 'has final lines'
  }

  /** A worker that was killed before the first listener came, or after the last one had left, has left nothing behind. */
  #wasLeftBehind({ liveness, bytes, reader }: MailboxEntry): boolean {
    return this.#context.isAfterCrash && !liveness.wasSeenAlive && bytes > 0 && !reader.ending.hasLeft()
  }

  #countRecovered(entry: MailboxEntry, file: FileCollector): void {
    const { mailboxes, bytes } = this.#recovered.get(file) ?? { mailboxes: 0, bytes: 0 }
    this.#recovered.set(file, { mailboxes: mailboxes + 1, bytes: bytes + entry.bytes })
  }

  /** When everything that was found at the start is in the logs, each log gets one record about it. */
  notifyRecovered(): void {
    if (this.#recovered.size === 0) return
    for (const { liveness } of this.#context.roster.entries) if (liveness.hasEnded) return
    for (const [file, recovered] of this.#recovered) this.#context.notify(file, { event: 'recovered', ...recovered })
    this.#recovered.clear()
  }
}

function isWanted(notice: Notice, lifecycle: LifecycleOptions): boolean {
  return !isLifecycleNotice(notice) || isRecorded(lifecycle, notice.event, howOf(notice))
}

function howOf(notice: LifecycleNotice): string | undefined {
  return notice.event === 'left' ? notice.how : undefined
}

function dropsOf({ reader, committed }: MailboxEntry): Notice | undefined {
  const drops = readDrops(reader.directory, committed)
  const { pid, threadId } = reader.profile
  return drops && { event: 'dropped', worker: pid, thread: threadId, ...drops }
}
