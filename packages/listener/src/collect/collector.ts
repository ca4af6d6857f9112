/**
 * The listener's duty cycle: moves lines from all mailboxes to all log files. `#runOnce()` is a whole cycle, in order;
 * each step is a line there. A cycle runs at once while there is more to collect, after a short pause while mailboxes
 * are active, and for the next fallback poll when none is.
 *
 * What always holds in this room: no event comes back into a log file that is in the middle of an append. The mailbox
 * of a record that pino-funnel itself puts into a log is opened when the append is over.
 */
import type { Channel, Difference, ListenerNotice, LogFileStatus, Notice, Rotated } from '@pino-funnel/channel'
import type { CollectedLog } from '../append/collector-context.ts'
import type { FileCollector } from '../append/file-collector.ts'
import { FileCollectors } from '../append/file-collectors.ts'
import { shares } from '../control/open-files.ts'
import type { Journal } from '../journal/journal.ts'
import { MailboxLifecycle } from '../mailbox-lifecycle/mailbox-lifecycle.ts'
import { NoticeMailboxes } from '../mailbox-lifecycle/notice-mailboxes.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import type { Roster } from '../mailboxes/roster.ts'
import { ActiveMailboxes } from '../scheduling/active-mailboxes.ts'
import { FallbackPolls } from '../scheduling/fallback-polls.ts'
import { IdleStrategy } from '../scheduling/idle-strategy.ts'
import { CycleLoop } from '../scheduling/cycle-loop.ts'
import { LifecycleMonitor } from '../workers/lifecycle-monitor.ts'
import { Complaints } from './complaints.ts'
import { recoverChannel } from './recover-channel.ts'

/** Pause after a cycle that was cut short by an error. */
const RETRY_MS = 100

export interface CollectorOptions {
  readonly channel: Channel
  readonly journal: Journal
  /** Whether the former listener was killed. */
  readonly isAfterCrash: boolean
  readonly beginning: ListenerNotice
  /** Whether this process is still the listener; asked at the beginning of each cycle, and after a log file was opened. */
  readonly isOurs: () => boolean
  /** Called once when it is not. */
  readonly onEpochLost: () => void
  /** Called when the last worker's mailbox was deleted, and when one is found. */
  readonly onPopulation: (isPopulated: boolean) => void
  /** Called when a log file can't be appended to, and when it can again (`undefined`). */
  readonly onTrouble: (file: string, error: string | undefined) => void
  /** Called when the options that a worker requests for its log file differ from the effective ones. */
  readonly onDifferences: (entry: MailboxEntry, differences: readonly Difference[]) => void
  readonly report: (message: string) => void
}

export class Collector {
  readonly roster: Roster
  readonly monitor: LifecycleMonitor
  readonly #options: CollectorOptions
  readonly #files: FileCollectors
  readonly #lifecycle: MailboxLifecycle
  readonly #notices: NoticeMailboxes
  readonly #active = new ActiveMailboxes()
  readonly #polls = new FallbackPolls()
  readonly #idle = new IdleStrategy()
  readonly #complaints: Complaints
  readonly #loop = new CycleLoop(() => this.#runOnce())
  /** Whether a pause came before the cycle that is under way, or comes before the next one. */
  #isAfterPause = true
  #isStopped = false

  /**
   * Resolves what the listener before this one left in doubt, durably. Nothing is collected before `start`.
   *
   * @throws the system's error while the disk is in trouble
   */
  constructor(options: CollectorOptions) {
    this.#options = options
    this.#complaints = new Complaints(options.report)
    const { channel, journal, isAfterCrash, beginning, report } = options
    const { positions, foreign, ...recovered } = recoverChannel(channel, journal, report)
    this.#notices = new NoticeMailboxes(channel, (mailbox) => this.readSoon(this.roster.open(mailbox)))
    const notify = (log: CollectedLog, notice: Notice): void => this.#notify(log, notice)
    this.#files = new FileCollectors({
      ...recovered,
      channel,
      journal,
      isOurs: options.isOurs,
      mailbox: (id) => this.roster.openOrThrow(id),
      syncPolicies: (file) => this.roster.syncPolicies(file),
      noteCommitted: (range) => this.roster.noteCommitted(range),
      checkpoint: () => this.checkpoint(),
      notify,
      informWriters: ({ name }, trouble) => options.onTrouble(name, trouble),
      complain: (what, error) => this.#complaints.about(what, error),
      report,
    })
    this.monitor = new LifecycleMonitor({
      mailboxes: () => this.roster.entries,
      optionsOf: (entry) => this.#files.of(entry).options.lifecycle,
      notify: (entry, notice) => this.#notify(this.#files.of(entry), notice),
    })
    this.#lifecycle = new MailboxLifecycle({
      channel,
      isAfterCrash,
      beginning,
      positions,
      foreign,
      files: this.#files,
      active: this.#active,
      monitor: this.monitor,
      notices: this.#notices,
      woken: () => this.#polls.keepNext(),
      cycleSoon: () => this.#loop.soon(),
      populated: options.onPopulation,
      differ: options.onDifferences,
      notify,
      complain: (what, error) => this.#complaints.about(what, error),
      report,
    })
    this.roster = this.#lifecycle.roster
    this.checkpoint()
  }

  start(): void {
    this.#loop.soon()
  }

  /** One cycle. @returns ms until the next one, 0 for at once */
  #runOnce(): number {
    try {
      if (!this.#options.isOurs()) return this.#stepDown()
      if (this.#polls.begin()) this.#poll()
      const begun = performance.now()
      const hasMore = this.#collectActive()
      const hasNew = this.#lifecycle.admitPending()
      this.#isAfterPause = !hasMore && !hasNew
      return this.#isAfterPause ? this.#pauseAfter(performance.now() - begun) : 0
    } catch (error) {
      // Out of descriptors, or the disk fails: what was not done is done in a later cycle.
      this.#complaints.about('a cycle was cut short', error)
      return Math.max(this.#polls.msUntilDue, RETRY_MS)
    }
  }

  /** The channel names another listener. */
  #stepDown(): number {
    // It stops this collector, too, and ends whatever fails by that.
    this.#options.onEpochLost()
    this.stop()
    return this.#polls.msUntilDue
  }

  /**
   * Everything that must not depend on a writer's ringing. Trouble with one log, with one mailbox or with the directory
   * must not keep the others from being read.
   */
  #poll(): void {
    const attempt = this.#complaints.attempt
    attempt("the mailboxes can't be listed", () => this.roster.discover())
    attempt("the kernel can't be asked about workers", () => this.roster.probeSuspects())
    attempt("the workers can't be watched", () => this.monitor.check(this.#polls.number))
    attempt("what was before this listener can't be recorded", () => this.#lifecycle.notifyOfPast())
    for (const [file, active] of this.#active.byFile) {
      attempt(`${file.name} can't be checked`, () => {
        if (active.size === 0) this.#closeIfIdle(file)
        if (this.#lifecycle.areOptionsDecided(file)) file.tick()
      })
    }
    for (const entry of this.roster.entries) {
      if (entry.reading.state === 'asleep')
        attempt("a mailbox can't be read yet", () => this.#wakeIfWorthReading(entry))
    }
    if (this.#isQuiet) this.#polls.skipNext()
  }

  #wakeIfWorthReading(entry: MailboxEntry): void {
    // Lines that are to be sorted must come in time.
    const mayWait = !this.#files.of(entry).options.order
    if (this.#polls.isWorthReading(entry, mayWait)) this.#lifecycle.wake(entry)
  }

  #closeIfIdle(file: FileCollector): void {
    const entries = [...this.roster.entries].filter((entry) => entry.file === file.name)
    if (!entries.some(({ isWorker }) => isWorker)) this.#notices.closeFor(file.name)
    if (this.#files.closeIfIdle(file, entries.length > 0) === 'forgotten') this.#active.forget(file)
  }

  /** Whether no mailbox and no worker may need the next fallback poll. */
  get #isQuiet(): boolean {
    const { size, isComplete } = this.roster
    return size > 0 && size === this.#polls.quietCount && isComplete && !this.monitor.isUncertain
  }

  /** @returns whether there is more to collect at once */
  #collectActive(): boolean {
    let [hasMore, open] = [false, 0]
    for (const [file, active] of this.#active.byFile) {
      if (active.size === 0 && file.msUntilSync > 0) continue
      if (file.msUntilNextRead > 0 || !this.#lifecycle.areOptionsDecided(file)) continue
      const { isOfEarlierRun } = file
      if (this.#collectInto(file, active)) hasMore = true
      if (isOfEarlierRun && !file.isOfEarlierRun) this.#active.setBellsOf(file, this.roster.entries)
      if (file.isOpen && (open += 1) > shares.logs) file.setAside()
      if (file.trouble !== undefined) continue
      for (const entry of active) {
        if (entry.reading.isDry) this.#lifecycle.foundNothing(entry, file, this.#isAfterPause)
      }
    }
    return hasMore
  }

  /** Events that come meanwhile must not change the log file: notices are opened when it is done. */
  #collectInto(file: FileCollector, active: Set<MailboxEntry>): boolean {
    this.#notices.hold()
    try {
      return file.collect(active)
    } finally {
      this.#notices.release()
    }
  }

  /** @param passMs - what the last pass took */
  #pauseAfter(passMs: number): number {
    const activePause = this.#idle.pauseAfter(passMs)
    let pause = this.#polls.msUntilDue
    for (const [file, active] of this.#active.byFile) {
      if (file.trouble !== undefined) continue
      pause = Math.min(pause, active.size > 0 ? Math.max(activePause, file.msUntilNextRead) : file.msUntilSync)
    }
    return pause
  }

  /** A writer has rung, or asks for something: its mailbox, if it is there, is read now. */
  readSoon(entry: MailboxEntry | undefined): void {
    if (!entry) return
    this.#lifecycle.wake(entry)
    this.#loop.soon()
  }

  #notify(log: CollectedLog, notice: Notice): void {
    try {
      this.#notices.write(log.name, log.options, notice)
      this.#options.report(`${log.name}: ${JSON.stringify(notice)}`)
    } catch (error) {
      this.#complaints.about(`${log.name} gets no record of '${notice.event}'`, error)
    }
  }

  checkpoint(): void {
    const state = { boot: this.#files.boot, positions: this.roster.positions(), inDoubt: this.#files.inDoubt() }
    this.#options.journal.checkpoint(state)
  }

  get isPopulated(): boolean {
    return this.#lifecycle.isPopulated
  }

  /**
   * Ends what this listener does beside collecting, to be able to leave: housekeeping, sinks, shippers, its own mailboxes.
   *
   * @returns whether everything has ended; if not, to be called again
   */
  windUp(): boolean {
    // A file that is half compressed would stay so until a worker logs again.
    if (this.#files.isHousekeeping || this.#files.closeOutlets()) return false
    this.#lifecycle.notifyOfPast()
    const { isOpen } = this.#notices
    this.#notices.close()
    this.#loop.soon()
    return !isOpen && this.roster.size === 0
  }

  /** Closes all log files; the next batch of each opens it by name. */
  reopen(): void {
    this.#files.reopen()
  }

  /** Rotates a log file now, or all that are logged to when no name is given. */
  rotate(name: string | undefined): Rotated[] {
    return this.#files.rotate(name)
  }

  /** The options that a worker requests for its log file, and that are not effective. */
  differencesOf(entry: MailboxEntry): Difference[] {
    return this.#lifecycle.differencesOf(entry)
  }

  /** Why the log file of a mailbox can't be appended to; `undefined` when it can. */
  troubleOf(entry: MailboxEntry): string | undefined {
    return this.#files.of(entry).trouble
  }

  status(): LogFileStatus[] {
    return this.#files.status()
  }

  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#loop.stop()
    this.#files.close()
    this.monitor.close()
    this.roster.close()
    this.#options.journal.close()
  }
}
