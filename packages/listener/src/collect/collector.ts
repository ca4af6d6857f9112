import {
  bootId,
  DEFAULT_LOG_OPTIONS,
  differencesOf,
  readAgain,
  type Channel,
  type Difference,
  type LogFileStatus,
  type LogOptions,
  type Notice,
  type Rotated,
} from '@pino-funnel/channel'
import { join } from 'node:path'
import { Agreement } from '../lifecycle/effective-options.ts'
import { Burials } from '../lifecycle/mailbox-reaper.ts'
import { FileCollector, type CollectorContext } from '../append/file-collector.ts'
import { FloorPolls } from '../scheduling/fallback-polls.ts'
import { advance, type Intent, type Journal, type MailboxRange } from '../journal/journal.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { KnownLogs } from '../log/known-logs.ts'
import { Notices } from '../lifecycle/notice-mailboxes.ts'
import { Passes } from '../scheduling/pass-loop.ts'
import { findByIdentity, settle } from '../append/recovery.ts'
import { Roster } from '../mailboxes/roster.ts'
import { Starts } from '../lifecycle/run-detector.ts'
import { WatchPace } from '../scheduling/idle-strategy.ts'
import { WatchedMailboxes } from '../scheduling/active-mailboxes.ts'
import { LifecycleMonitor } from '../workers/lifecycle-monitor.ts'

/** Of a log for each worker; the others are opened for each batch. More that nobody logs to are forgotten. */
const MOST_OPEN_FILES = 100
/** After a pass that was cut short. */
const RETRY_MS = 100

export interface CollectorOptions {
  readonly channel: Channel
  readonly journal: Journal
  /** Whether this process is still the listener; asked before each pass. */
  readonly isOurs: () => boolean
  /** Called once when it isn't. */
  readonly onEpochLost: () => void
  /** Called when the last worker's mailbox has gone, and when one comes. */
  readonly onPopulation: (empty: boolean) => void
  /** Called when a log file can't be appended to, and when it can again (`undefined`). */
  readonly onTrouble: (file: string, error: string | undefined) => void
  /** Called when a worker's wishes for its log file differ from what is in force. */
  readonly onDifferences: (entry: MailboxEntry, differences: readonly Difference[]) => void
  readonly report: (message: string) => void
}

/**
 * Moves lines from all mailboxes to all log files, in passes: often while there is work, at the floor rate when there
 * is none.
 */
export class Collector {
  readonly roster: Roster
  readonly lifecycle: LifecycleMonitor
  readonly #options: CollectorOptions
  readonly #files = new Map<string, FileCollector>()
  /** All log files there were, also those that are forgotten. */
  readonly #known: KnownLogs
  readonly #watched = new WatchedMailboxes()
  readonly #agreement: Agreement
  readonly #context: CollectorContext
  readonly #starts = new Starts()
  readonly #notices: Notices
  readonly #boot: string
  readonly #burials: Burials
  readonly #passes = new Passes(() => this.#work())
  readonly #floorPolls = new FloorPolls()
  readonly #pace = new WatchPace()
  /** Whether the pass that is under way, or the next one, did not come at once after another. */
  #isAfterPause = true
  #stopped = false
  #lastTrouble = ''

  /** Settles what the former listener left outstanding, and makes that durable. Nothing is collected before `start`. */
  constructor(options: CollectorOptions) {
    this.#options = options
    const { channel, journal, report } = options
    const { boot, positions, outstanding, isDamaged } = journal.load()
    if (isDamaged === true) this.#startWithoutJournal()
    this.#boot = bootId()
    this.#known = new KnownLogs(channel.logs, channel.logDirectory, (name) => this.#files.has(name))
    this.#notices = new Notices(channel)
    this.#context = {
      channel,
      journal,
      report,
      afterReboot: boot !== '' && boot !== this.#boot,
      source: (range) => this.#readAgain(range),
      isLogFile: (name) => this.#known.has(name),
      isLinked: (name) => this.#files.get(name)?.options.symlink === true,
      checkpoint: () => this.#checkpoint(),
      tell: (file, notice) => this.#tell(file, notice),
      tellTrouble: (file, error) => options.onTrouble(file.file, error),
    }
    const settled = new Map(positions)
    for (const intent of outstanding.values()) if (this.#recover(intent)) advance(settled, intent)
    this.#agreement = new Agreement({
      workers: () => [...this.roster.entries].filter((entry) => entry.isWorker),
      askAboutDoubted: () => this.roster.proveLives(),
      disagrees: (entry, differences) => this.#tellDifferences(entry, differences),
    })
    this.lifecycle = new LifecycleMonitor({
      entries: () => this.roster.entries,
      optionsOf: (entry) => this.#fileOf(entry).options.lifecycle,
      tell: (entry, notice) => this.#tell(this.#fileOf(entry), notice),
    })
    this.roster = new Roster(channel, settled, {
      found: (entry) => this.#onFound(entry),
      alive: (entry) => this.#onAlive(entry),
      answered: (entry) => this.lifecycle.answered(entry),
      ended: (entry) => this.#onEnded(entry),
      report,
    })
    this.#burials = new Burials({
      roster: this.roster,
      lifecycle: this.lifecycle,
      tell: (file, notice) => this.#tell(file, notice),
      report,
    })
    this.#checkpoint()
  }

  /** Whether any mailbox is there that is not this listener's own. */
  get isPopulated(): boolean {
    for (const entry of this.roster.entries) if (!this.#notices.owns(entry.id)) return true
    return false
  }

  /** Seals this listener's own mailboxes, `true` when there are any: then they have yet to be collected. */
  closeNotices(): boolean {
    this.#burials.tellRecovered()
    const open = this.#notices.isOpen
    this.#notices.close()
    this.#passes.soon()
    return open || this.roster.size > 0
  }

  /**
   * Lets all sinks take what waits, and ends them.
   *
   * @returns whether that is still going on
   */
  closeSinks(): boolean {
    const files = [...this.#files.values()]
    for (const { sinks } of files) sinks.close()
    return files.some(({ sinks }) => sinks.isClosing)
  }

  start(): void {
    this.#passes.soon()
  }

  /** A writer has rung, or asks for something: looks at its mailbox now. */
  attend(entry: MailboxEntry): void {
    this.#watch(entry)
    this.#passes.soon()
  }

  /** Opens all log files anew at their next use. */
  reopen(): void {
    for (const file of this.#files.values()) file.reopen()
  }

  /** Whether rotated files are being compressed or deleted just now. */
  get isHousekeeping(): boolean {
    return [...this.#files.values()].some((file) => file.isBusy)
  }

  /** Why the log file of a mailbox can't be appended to at present, if it can't. */
  troubleOf(entry: MailboxEntry): string | undefined {
    const file = this.#fileOf(entry)
    return file.isInTrouble ? (file.status().trouble ?? undefined) : undefined
  }

  status(): LogFileStatus[] {
    return [...this.#files.values()].map((file) => file.status())
  }

  /** Once is enough: who has lost the epoch stops at once, and is then ended by the listener. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#passes.stop()
    for (const file of this.#files.values()) file.close()
    this.lifecycle.close()
    this.roster.close()
    this.#options.journal.close()
  }

  #recover(intent: Intent): boolean {
    const log = findByIdentity(this.#options.channel.logDirectory, intent)
    try {
      const { afterReboot, source } = this.#context
      if (afterReboot) log?.cutTornTail()
      const { carriedOut, foreign } = settle(intent, log, source, afterReboot ? 'whole line' : 'maybe torn')
      if (foreign) this.#options.report(`${intent.file} was changed by somebody else after the last listener died`)
      return carriedOut
    } finally {
      log?.close()
    }
  }

  #readAgain(range: MailboxRange): Buffer {
    const directory = join(this.#options.channel.mailboxes, range.mailbox)
    return readAgain(directory, range)
  }

  /** What waits in the mailboxes is read from the oldest segment on: rather twice than lost. */
  #startWithoutJournal(): void {
    this.#options.report('the journal is damaged and set aside; up to a segment of each worker may be in the log twice')
    this.#options.journal.setAside()
  }

  #checkpoint(): void {
    const outstanding = new Map<string, Intent>()
    for (const file of this.#files.values()) if (file.outstanding) outstanding.set(file.file, file.outstanding)
    this.#options.journal.checkpoint({ boot: this.#boot, positions: this.roster.positions(), outstanding })
  }

  #onFound(entry: MailboxEntry): void {
    const file = this.#fileOf(entry)
    this.#note(file)
    file.durability.add(entry.reader.identity.sync)
    this.#starts.found(entry, file)
    this.#agreement.review(file)
    // Before its bell is set: rather told of by the next listener, too, than by none.
    if (this.#starts.holds(entry, file)) this.roster.proveLives()
    else if (entry.isWorker) this.lifecycle.found(entry)
    this.#watch(entry)
    if (this.#notices.owns(entry.id)) return
    file.sinks.open()
    this.#options.onPopulation(false)
  }

  #onAlive(entry: MailboxEntry): void {
    this.#agreement.review(this.#fileOf(entry))
    if (entry.isWorker) this.lifecycle.alive(entry)
  }

  #note({ file }: FileCollector): void {
    try {
      this.#known.add(file)
    } catch (error) {
      this.#complain(`it can't be stored that ${file} is a log file`, error)
    }
  }

  #onEnded(entry: MailboxEntry): void {
    this.lifecycle.ended(entry)
    this.#agreement.review(this.#fileOf(entry))
    this.attend(entry)
  }

  /** What a worker wishes for its log file, and does not get. */
  differencesOf(entry: MailboxEntry): Difference[] {
    return differencesOf(entry.reader.identity.log, this.#fileOf(entry).options)
  }

  #tellDifferences(entry: MailboxEntry, differences: readonly Difference[]): void {
    const { pid, threadId } = entry.reader.identity
    this.#options.onDifferences(entry, differences)
    this.#tell(this.#fileOf(entry), { event: 'options', worker: pid, thread: threadId, differences })
  }

  /** Rotates log files now, all that are logged to, or the one that is named. */
  rotate(name: string | undefined): Rotated[] {
    if (name === undefined) return [...this.#files.values()].map((file) => rotateNow(file))
    if (!this.#known.has(name)) return [{ file: name, to: null, error: noLog(this.#known.names) }]
    return [rotateNow(this.#fileNamed(name, DEFAULT_LOG_OPTIONS, '/'))]
  }

  #tell(file: FileCollector, notice: Notice): void {
    try {
      const entry = this.roster.adopt(this.#notices.tell(file.file, file.options, notice))
      if (entry) this.attend(entry)
      this.#options.report(`${file.file}: ${JSON.stringify(notice)}`)
    } catch (error) {
      this.#complain(`${file.file} can't be told of '${notice.event}'`, error)
    }
  }

  #fileOf(entry: MailboxEntry): FileCollector {
    const { log, application } = entry.reader.identity
    return this.#fileNamed(entry.file, log, application)
  }

  #fileNamed(name: string, options: LogOptions, application: string): FileCollector {
    const file = this.#files.get(name) ?? new FileCollector(name, options, application, this.#context)
    this.#files.set(name, file)
    return file
  }

  #watch(entry: MailboxEntry): void {
    this.#floorPolls.keepNext()
    const file = this.#fileOf(entry)
    this.#watched.know(file)
    if (!this.#starts.holds(entry, file)) this.#watched.add(entry, file)
  }

  /** @returns ms until there is to be a next pass */
  #work(): number {
    try {
      if (!this.#options.isOurs()) {
        this.stop()
        this.#options.onEpochLost()
        return this.#floorPolls.msUntilDue
      }
      if (this.#floorPolls.begin()) this.#floorPoll()
      const begun = performance.now()
      const more = this.#pass()
      this.#isAfterPause = !more
      return more ? 0 : this.#pauseMs(performance.now() - begun)
    } catch (error) {
      // Out of descriptors, or the disk fails: what was not done is done at a later pass.
      this.#complain('a pass was cut short', error)
      return Math.max(this.#floorPolls.msUntilDue, RETRY_MS)
    }
  }

  /** Says once what goes on. */
  #complain(what: string, error: unknown): void {
    const trouble = `${what}: ${String(error)}`
    if (this.#lastTrouble !== trouble) this.#options.report(trouble)
    this.#lastTrouble = trouble
  }

  /** @param passMs - what the last pass took */
  #pauseMs(passMs: number): number {
    const watch = this.#pace.pauseAfter(passMs)
    let pause = this.#floorPolls.msUntilDue
    for (const [file, watched] of this.#watched.byFile) {
      if (file.isInTrouble) continue
      pause = Math.min(pause, watched.size > 0 ? Math.max(watch, file.msUntilNextLook) : file.msUntilSync)
    }
    return pause
  }

  /** Trouble with one mailbox, or with the directory, is no reason not to read the others. */
  #floorPoll(): void {
    try {
      this.#lookAround()
    } catch (error) {
      this.#complain('a floor poll was cut short', error)
    }
  }

  /** Everything that must not depend on anybody's ringing. */
  #lookAround(): void {
    this.roster.discover()
    this.roster.proveLives()
    this.lifecycle.look(this.#floorPolls.number)
    this.#burials.tellRecovered()
    for (const [file, watched] of this.#watched.byFile) {
      if (watched.size === 0) this.#rest(file)
      if (this.#agreement.isReached(file)) file.tick()
    }
    this.#lookAtSleepers()
    if (this.#isQuiet) this.#floorPolls.leaveNextOut()
  }

  /** Whether there is nobody who may need the next floor poll. */
  get #isQuiet(): boolean {
    const { size, isComplete } = this.roster
    return size > 0 && size === this.#floorPolls.quietCount && isComplete && !this.lifecycle.isUncertain
  }

  #rest(file: FileCollector): void {
    if (!this.#hasWorkers(file)) this.#notices.closeFor(file.file)
    const hasWriters = this.#hasWriters(file)
    file.rest(hasWriters)
    // With a log for each worker there may be any number of them in the course of time.
    if (hasWriters || !file.isDone || this.#files.size <= MOST_OPEN_FILES) return
    file.close()
    this.#files.delete(file.file)
    this.#watched.forget(file)
  }

  #hasWorkers({ file }: FileCollector): boolean {
    for (const entry of this.roster.entries) {
      if (entry.file === file && entry.isWorker) return true
    }
    return false
  }

  #hasWriters(file: FileCollector): boolean {
    for (const entry of this.roster.entries) if (entry.file === file.file) return true
    return false
  }

  #lookAtSleepers(): void {
    for (const entry of this.roster.entries) {
      if (entry.attention !== 'asleep') continue
      // Lines that are to be sorted must come in time.
      const look = this.#floorPolls.lookAt(entry, !this.#fileOf(entry).options.order)
      if (look !== 'not' && this.#isWorthReading(entry, look)) this.#watch(entry)
    }
  }

  #isWorthReading(entry: MailboxEntry, look: 'brief' | 'thorough'): boolean {
    // It is here only because it could not be buried.
    if (entry.life === 'ended') return true
    try {
      return entry.reader.hasMore(look === 'thorough')
    } catch {
      // Who reads it finds out why it can't be read, and no other mailbox waits for that.
      return true
    }
  }

  /** @returns whether there is more to collect at once */
  #pass(): boolean {
    let more = false
    let open = 0
    for (const [file, watched] of this.#watched.byFile) {
      if (watched.size === 0 && file.msUntilSync > 0) continue
      if (file.msUntilNextLook > 0 || !this.#agreement.isReached(file)) continue
      const { isOfEarlierRun } = file
      if (file.collect(watched, (entry) => entry.life === 'ended' || entry.attention === 'dozing')) more = true
      if (isOfEarlierRun && !file.isOfEarlierRun) this.#watched.setBellsOf(file, this.roster.entries)
      if (file.isOpen) open += 1
      if (open > MOST_OPEN_FILES) file.reopen()
      if (file.isInTrouble) continue
      for (const entry of watched) if (entry.hadNothing) this.#upkeep(entry, file)
    }
    for (const file of this.#starts.files) if (this.#admitNewcomers(file)) more = true
    return more
  }

  /** @returns whether there are any, so that there is something to collect at once */
  #admitNewcomers(file: FileCollector): boolean {
    const admitted = this.#starts.admit(file, this.roster.entries)
    if (!admitted) return false
    if (admitted.isStart && file.options.rotation.atStart) file.start()
    for (const entry of admitted.newcomers) {
      // Only now: the record about it belongs into the log file of its run.
      this.lifecycle.found(entry)
      this.#watch(entry)
    }
    return true
  }

  /** A watched mailbox had nothing in this pass. */
  #upkeep(entry: MailboxEntry, file: FileCollector): void {
    this.#watched.hadNothing(entry, file, this.#isAfterPause)
    // What can't be read is not in the log file; the floor poll looks again.
    if (entry.life === 'ended' && entry.unreadable === undefined) this.#tryToBury(entry)
  }

  /** When it can't be buried now, the floor poll tries again. */
  #tryToBury(entry: MailboxEntry): void {
    try {
      const outcome = this.#burials.bury(entry, this.#fileOf(entry))
      if (outcome === 'more to collect') this.#watch(entry)
      else if (outcome === 'buried' && !this.isPopulated) this.#options.onPopulation(true)
    } catch (error) {
      this.#complain(`the mailbox ${entry.id} can't be deleted`, error)
    }
  }
}

const MOST_SHOWN = 10

function noLog(known: readonly string[]): string {
  const more = known.length > MOST_SHOWN ? ' and others' : ''
  const logs = known.length === 0 ? 'none' : `${known.slice(0, MOST_SHOWN).join(', ')}${more}`
  return `it is no log file of this channel. Name one of those that were logged to: ${logs}.`
}

function rotateNow(file: FileCollector): Rotated {
  try {
    return { file: file.file, to: file.rotate() ?? null, error: null }
  } catch (error) {
    return { file: file.file, to: null, error: error instanceof Error ? error.message : String(error) }
  }
}
