import type { Channel, LogOptions, Notice, SyncPolicy } from '@pino-funnel/channel'
import type { Journal } from '../journal/journal.ts'
import type { Intent, MailboxRange } from '../journal/journal-entry.ts'
import type { LogNames } from '../log/known-logs.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import type { RangeSource } from '../recovery/intent-lines.ts'

/** A log file, with its effective options. */
export interface CollectedLog {
  readonly name: string
  readonly options: LogOptions
}

/** What a file collector needs of the listener around it. */
export interface CollectorContext {
  readonly channel: Channel
  readonly journal: Journal
  readonly source: RangeSource
  /** The intent for a log file that a listener before this one has left in doubt, and that could not be resolved yet. */
  inherited(this: void, file: string): Intent | undefined
  /**
   * A mailbox by its id, `undefined` when it was deleted.
   *
   * @throws an error when it is there and can't be opened now
   */
  mailbox(this: void, id: string): MailboxEntry | undefined
  /** The sync policies of the writers of a log file that are there. */
  syncPolicies(this: void, file: string): Iterable<SyncPolicy>
  /** Notes that a range is in its log file, for a mailbox that is not there and may come back. */
  noteCommitted(this: void, range: MailboxRange): void
  /** Whether the path of the channel still leads to the channel that this process is the listener of. */
  isOurs(this: void): boolean
  /** Whether the machine has been rebooted since the journal was written. */
  readonly afterReboot: boolean
  /** The names of all log files of the channel. */
  readonly logNames: LogNames
  /** Whether a name in the log directory is that of a log file that `current.log` should lead to. */
  isLinked(this: void, name: string): boolean
  /**
   * Replaces the journal by what is known now, with all intents that are in doubt.
   *
   * @throws the system's error; the old journal stays
   */
  checkpoint(this: void): void
  /** Puts a record of pino-funnel itself into the log, and a line to stderr. */
  notify(this: void, log: CollectedLog, notice: Notice): void
  /** Informs the workers of a file that it can't be appended to, or that it can again (`undefined`). */
  informWriters(this: void, log: CollectedLog, trouble: string | undefined): void
  /** A line to stderr about something that failed and is tried again. The same line comes once. */
  complain(this: void, what: string, error: unknown): void
  /** A line to stderr. */
  report(this: void, message: string): void
}
