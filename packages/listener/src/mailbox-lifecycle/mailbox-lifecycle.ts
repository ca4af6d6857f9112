/**
 * The life of a mailbox in the listener:
 *
 *     found ──▶ (pending) ──▶ active ◀──▶ asleep ──┬─▶ its writer has ended ──▶ empty ──▶ final lines ──▶ deleted
 *                                                  └─▶ it is away ──▶ empty ──▶ forgotten; found again if it comes back
 *
 * What always holds in this room: a mailbox is deleted only after the kernel has proven the end of its writer, and all
 * of its lines are in the log file.
 *
 * Each event of a mailbox or of its writer comes here, and is passed on from here. The states themselves are kept in
 * mailboxes/; a mailbox is pending while it is not known whether its worker begins a run (run-detector.ts).
 */
import { differencesOf, type Channel, type Difference, type ListenerNotice, type Notice } from '@pino-funnel/channel'
import type { FileCollector } from '../append/file-collector.ts'
import type { FileCollectors } from '../append/file-collectors.ts'
import type { Collected } from '../journal/journal-entry.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { Roster, type RosterEvents } from '../mailboxes/roster.ts'
import type { ActiveMailboxes } from '../scheduling/active-mailboxes.ts'
import type { LifecycleMonitor } from '../workers/lifecycle-monitor.ts'
import { EffectiveOptions } from './effective-options.ts'
import { MailboxReaper } from './mailbox-reaper.ts'
import type { NoticeMailboxes } from './notice-mailboxes.ts'
import { RunDetector } from './run-detector.ts'
import { Succession } from './succession.ts'

export interface MailboxLifecycleContext {
  /** Whether the listener before this one did not leave, but was killed. */
  readonly isAfterCrash: boolean
  readonly beginning: ListenerNotice
  readonly channel: Channel
  /** Where an earlier listener stopped, by mailbox. */
  readonly positions: ReadonlyMap<string, Collected>
  /** Log files that another process had changed after the listener before this one died. */
  readonly foreign: ReadonlySet<string>
  readonly files: FileCollectors
  readonly active: ActiveMailboxes
  readonly monitor: LifecycleMonitor
  readonly notices: NoticeMailboxes
  /** A mailbox has something to read, or may have. */
  woken(this: void): void
  /** A cycle has to run at once. */
  cycleSoon(this: void): void
  /** A worker's mailbox was found (`true`), or the last one was deleted (`false`). */
  populated(this: void, isPopulated: boolean): void
  /** The options that a worker requests differ from the effective ones. */
  differ(this: void, entry: MailboxEntry, differences: readonly Difference[]): void
  /** Puts a record of pino-funnel itself into the log, and a line to stderr. */
  notify(this: void, file: FileCollector, notice: Notice): void
  /** A line to stderr about something that failed and is tried again. The same line comes once. */
  complain(this: void, what: string, error: unknown): void
  /** A line to stderr. */
  report(this: void, message: string): void
}

export class MailboxLifecycle implements RosterEvents {
  readonly roster: Roster
  readonly #context: MailboxLifecycleContext
  readonly #options: EffectiveOptions
  readonly #runs = new RunDetector()
  readonly #reaper: MailboxReaper
  readonly #succession: Succession
  /** Log files that are still to get a record of that. */
  readonly #foreign: Set<string>

  constructor(context: MailboxLifecycleContext) {
    this.#context = context
    this.#foreign = new Set(context.foreign)
    this.roster = new Roster(context.channel, context.positions, this)
    this.#options = new EffectiveOptions({
      workers: () => [...this.roster.entries].filter((entry) => entry.isWorker),
      probeSuspects: () => this.roster.probeSuspects(),
      differ: (entry, differences) => this.#onDifferences(entry, differences),
    })
    this.#reaper = new MailboxReaper({ ...context, roster: this.roster })
    this.#succession = new Succession(context.beginning, context.notify)
  }

  /** Whether any mailbox is there that is not this listener's own. */
  get isPopulated(): boolean {
    for (const { id } of this.roster.entries) if (!this.#context.notices.owns(id)) return true
    return false
  }

  /** The mailbox has to be read in the next pass, unless it is pending. */
  wake(entry: MailboxEntry): void {
    const file = this.#context.files.of(entry)
    this.#context.active.know(file)
    if (!this.#runs.holds(entry, file)) this.#context.active.add(entry, file)
    this.#context.woken()
  }

  found(entry: MailboxEntry): void {
    const { files, monitor, notices, populated } = this.#context
    const file = files.of(entry)
    this.#record(file)
    file.durability.add(entry.reader.profile.sync)
    this.#runs.found(entry, file)
    this.#options.review(file)
    // Before its bell is set: rather reported by the next listener, too, than by none.
    if (this.#runs.holds(entry, file)) this.roster.probeSuspects()
    else if (entry.isWorker) monitor.found(entry)
    this.wake(entry)
    if (notices.owns(entry.id)) return
    file.outlets.open()
    populated(true)
  }

  succeeded(entry: MailboxEntry): void {
    this.wake(entry)
  }

  alive(entry: MailboxEntry): void {
    this.#options.review(this.#context.files.of(entry))
    if (entry.isWorker) this.#context.monitor.alive(entry)
  }

  answered(entry: MailboxEntry): void {
    this.#context.monitor.answered(entry)
  }

  ended(entry: MailboxEntry): void {
    this.#context.monitor.ended(entry)
    this.#options.review(this.#context.files.of(entry))
    this.wake(entry)
    this.#context.cycleSoon()
  }

  report(message: string): void {
    this.#context.report(message)
  }

  /** A pass has found nothing in an active mailbox. @param afterPause - see `ActiveMailboxes.foundNothing` */
  foundNothing(entry: MailboxEntry, file: FileCollector, afterPause: boolean): void {
    this.#context.active.foundNothing(entry, file, afterPause)
    const cutAway = entry.checkForDamage()
    if (cutAway > 0) this.report(cutAwayFrom(entry, cutAway))
    // A mailbox that can't be read is not in the log file yet; the fallback poll tries again.
    if (entry.liveness.hasEnded && entry.unreadable === undefined) this.#reap(entry, file)
  }

  /** A mailbox that can't be deleted now is tried again at a fallback poll. */
  #reap(entry: MailboxEntry, file: FileCollector): void {
    try {
      const reaped = this.#reaper.reap(entry, file)
      if (reaped === 'has final lines') this.wake(entry)
      else if (reaped === 'let go' && !this.isPopulated) this.#context.populated(false)
    } catch (error) {
      this.#context.complain(`the mailbox ${entry.id} can't be deleted`, error)
    }
  }

  /** Puts records into the logs about what was before this listener: the former one, and what dead workers had left. */
  notifyOfPast(): void {
    const files = (): FileCollector[] => Array.from(this.#context.active.byFile, ([file]) => file)
    this.#succession.notify(files, this.roster.entries, (file) => this.areOptionsDecided(file))
    for (const file of files()) {
      if (!this.areOptionsDecided(file) || !this.#foreign.delete(file.name)) continue
      this.#context.notify(file, { event: 'foreign' })
    }
    this.#reaper.notifyRecovered()
  }

  /**
   * Admits the pending mailboxes of each log file for which it is known now whether a run begins.
   *
   * @returns whether there are any, so that there is something to collect at once
   */
  admitPending(): boolean {
    let anyAdmitted = false
    for (const file of this.#runs.files) {
      const admitted = this.#runs.admit(file, this.roster.entries)
      if (!admitted) continue
      anyAdmitted = true
      if (admitted.isStart && file.options.rotation.atStart) file.runBegan()
      for (const entry of admitted.entries) {
        // Only now: the record about the worker belongs into the log file of its run.
        this.#context.monitor.found(entry)
        this.wake(entry)
      }
    }
    return anyAdmitted
  }

  /** Whether a log file may be written: see `EffectiveOptions.areDecided`. */
  areOptionsDecided(file: FileCollector): boolean {
    return this.#options.areDecided(file)
  }

  /** The options that a worker requests for its log file, and that are not effective. */
  differencesOf(entry: MailboxEntry): Difference[] {
    return differencesOf(entry.reader.profile.log, this.#context.files.of(entry).options)
  }

  #onDifferences(entry: MailboxEntry, differences: readonly Difference[]): void {
    const { pid, threadId } = entry.reader.profile
    const { differ, files, notify } = this.#context
    differ(entry, differences)
    notify(files.of(entry), { event: 'options', worker: pid, thread: threadId, differences })
  }

  #record(file: FileCollector): void {
    try {
      this.#context.files.record(file)
    } catch (error) {
      this.#context.complain(`could not add ${file.name} to the list of log files`, error)
    }
  }
}

function cutAwayFrom({ id }: MailboxEntry, bytes: number): string {
  return `another program has cut ${bytes} bytes out of the mailbox ${id}; records that were not read are lost`
}
