/**
 * The write-ahead append to one log file: steps 2 to 4 of docs/protocol.md, "Exactly once". It keeps what was logged in
 * the log file exactly once, whichever step this process dies in.
 *
 *     clear ──2 intent──▶ in doubt ──3 append, 4 commit──▶ applied ──2 intent──▶ in doubt …
 *       ▲                  │    ▲                            │
 *       │                  │    └── error: resolve later     └──let go (journal: `closed`)──▶ clear
 *       └──not applied, and the journal says so
 *
 * - `clear`: the journal has no intent for the file.
 * - `in doubt`: the journal has an intent, and it is not known how much of it the file has.
 * - `applied`: the file has all of the last intent. The journal says so by the next intent for the file, by `closed`, or by
 *   a checkpoint.
 *
 * An error in step 3 or 4 leaves the intent in doubt. `resolve()` finds out from the file what became of it, exactly as
 * recovery does after a kill (recovery/recovery.ts).
 */
import { rewind, type Part } from '../batch/batch.ts'
import { intentBytes, type Intent, type MailboxRange, type Rendering } from '../journal/journal-entry.ts'
import type { LogFile } from '../log/log-file.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import type { CollectorContext } from './collector-context.ts'
import type { OpenLog } from './open-log.ts'
import type { Portion } from './output.ts'
import { settle } from '../recovery/recovery.ts'

type AppendState =
  | { readonly name: 'clear' | 'applied' }
  | {
      readonly name: 'in doubt'
      readonly intent: Intent
      /** `undefined`: a listener before this one made the intent. */
      readonly parts: readonly Part[] | undefined
      /** Whether the append has failed, so that the file has never got all of it. */
      readonly hasFailed: boolean
    }

const CLEAR: AppendState = { name: 'clear' }
const APPLIED: AppendState = { name: 'applied' }

/** What a file's appender needs of the file around it. */
export interface AppendEvents {
  /** The format of the lines, for the intent; `undefined` when lines are appended as they were logged. */
  rendering(bytes: number): Rendering | undefined
  /** Lines are in the log file, and committed. */
  committed(parts: readonly Part[]): void
  /** Another process has cut the log file. Lengths in bytes. */
  truncated(from: number, to: number): void
  /** Another process has changed the log file while an intent was in doubt. */
  foreign(): void
}

export class LogAppender {
  /** Name of the log file. */
  readonly #file: string
  readonly #openLog: OpenLog
  readonly #context: CollectorContext
  readonly #events: AppendEvents
  #state: AppendState
  #bytes = 0
  #records = 0

  /** An intent that a listener before this one has left in doubt is resolved before all else. */
  constructor(file: string, openLog: OpenLog, context: CollectorContext, events: AppendEvents) {
    const inherited = context.inherited(file)
    this.#state = inherited ? { name: 'in doubt', intent: inherited, parts: undefined, hasFailed: false } : CLEAR
    this.#file = file
    this.#openLog = openLog
    this.#context = context
    this.#events = events
  }

  /** Bytes that were appended and committed. */
  get bytes(): number {
    return this.#bytes
  }

  /** Records that were appended and committed. */
  get records(): number {
    return this.#records
  }

  /** The intent that is in doubt, which a checkpoint has to carry over. */
  get inDoubt(): Intent | undefined {
    return this.#state.name === 'in doubt' ? this.#state.intent : undefined
  }

  /**
   * Appends a portion of a batch.
   *
   * @param log - the open log file
   * @param offset - its length
   * @returns `'file deleted'` when the file was deleted in this instant: the lines have to be read and appended again
   * @throws the system's error; the portion is in doubt then, or there is no intent for it
   */
  append(log: LogFile, offset: number, portion: Portion): 'applied' | 'file deleted' {
    const expected = this.#openLog.expectLength(log, offset)
    if (expected !== undefined) this.#events.truncated(expected, offset)
    const intent = this.#recordIntent(log, offset, portion)
    try {
      log.append(portion.bytes)
    } catch (error) {
      this.#state = { name: 'in doubt', intent, parts: portion.parts, hasFailed: true }
      throw error
    }
    this.#openLog.appended(portion.bytes)
    if (!log.isDeleted()) {
      this.#commit(intent, portion.parts)
      return 'applied'
    }
    this.#openLog.close()
    this.#cancel(portion.parts)
    return 'file deleted'
  }

  /**
   * Finds out what became of an intent that is in doubt, and completes it if it was torn.
   *
   * @returns whether the file has all of it now; if not, its lines are read again
   * @throws the system's error; the intent stays in doubt
   */
  resolve(): boolean {
    if (this.#state.name !== 'in doubt') return false
    const { intent, hasFailed } = this.#state
    const { afterReboot: isReboot, channel, source } = this.#context
    const afterReboot = isReboot && this.#state.parts === undefined
    const parts = this.#state.parts ?? intent.ranges.flatMap((range) => this.#partOf(range))
    const recovery = { logDirectory: channel.reachLogDirectory(), source, afterReboot, hasFailed }
    const { isApplied, isForeign } = settle(intent, recovery)
    if (isForeign) this.#events.foreign()
    if (!isApplied) {
      this.#cancel(parts)
      return false
    }
    this.#commit(intent, parts)
    for (const range of intent.ranges) this.#context.noteCommitted(range)
    rewind(parts)
    if (afterReboot) this.#recordBoot()
    return true
  }

  /** The journal names the former boot while an intent of it is in doubt. */
  #recordBoot(): void {
    try {
      this.#context.checkpoint()
    } catch {
      // The next checkpoint does so.
    }
  }

  /** @returns none when the mailbox was deleted */
  #partOf({ mailbox, records, ...range }: MailboxRange): Part[] {
    const entry = this.#context.mailbox(mailbox)
    return entry ? [{ entry, range, records }] : []
  }

  /**
   * The file is let go: it may be moved or deleted, and its inode may come back as another file, by which the intent
   * would be judged.
   *
   * @returns whether its end is settled, and not in doubt
   * @throws the system's error; nothing may happen to the file then
   */
  letGo(): boolean {
    if (this.#state.name !== 'applied') return this.#state.name !== 'in doubt'
    this.#context.journal.recordClosed(this.#file)
    this.#state = CLEAR
    return true
  }

  /** Step 2: the journal gets what goes where: bytes of mailboxes to an offset of a file. */
  #recordIntent(log: LogFile, offset: number, { bytes, parts }: Portion): Intent {
    if (this.#context.journal.needsCheckpoint) this.#context.checkpoint()
    const ranges = parts.map(({ entry, range, records }) => ({ mailbox: entry.id, ...range, records }))
    const rendering = this.#events.rendering(bytes.length)
    const intent: Intent = { file: this.#file, identity: log.identity, offset, ranges, ...(rendering && { rendering }) }
    this.#context.journal.record(intent)
    this.#state = { name: 'in doubt', intent, parts, hasFailed: false }
    return intent
  }

  /** Step 4: the positions move on. Segments before them are retired. */
  #commit(intent: Intent, parts: readonly Part[]): void {
    for (const { entry, range, records } of parts) {
      entry.commit(range, records)
      this.#records += records
    }
    this.#bytes += intentBytes(intent)
    this.#state = APPLIED
    this.#events.committed(parts)
    for (const { entry } of parts) this.#retire(entry)
  }

  /** The lines are in the log: a segment that can't be given up is tried again with the next commit of its mailbox. */
  #retire(entry: MailboxEntry): void {
    try {
      entry.retire()
    } catch (error) {
      this.#context.complain(`segments of the mailbox ${entry.id} can't be given up`, error)
    }
  }

  /** Only when the journal no longer has the intent may its offset be used again, and its lines be read again. */
  #cancel(parts: readonly Part[]): void {
    const before = this.#state
    // Before the checkpoint, which carries over all intents that are in doubt.
    this.#state = CLEAR
    try {
      this.#context.checkpoint()
    } catch (error) {
      this.#state = before
      throw error
    }
    rewind(parts)
  }
}
