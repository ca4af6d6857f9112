import type { FileCollector } from '../append/file-collector.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

/** Passes without a record after which a mailbox's bell is set. A request every few tens of ms keeps it watched. */
const IDLE_PASSES = 25

/**
 * The mailboxes that are read in every pass, by log file, and what their writers are told: a writer rings only when its
 * bell says that nobody looks unasked. See `Attention` for the states of a mailbox.
 */
export class WatchedMailboxes {
  readonly #byFile = new Map<FileCollector, Set<MailboxEntry>>()

  /** All log files that are known, with the mailboxes that are to be read for each in the next pass. */
  get byFile(): Iterable<[FileCollector, Set<MailboxEntry>]> {
    return this.#byFile
  }

  /** A log file has mailboxes: it is known from now on, though none of them may be watched. */
  know(file: FileCollector): void {
    if (!this.#byFile.has(file)) this.#byFile.set(file, new Set())
  }

  forget(file: FileCollector): void {
    this.#byFile.delete(file)
  }

  add(entry: MailboxEntry, file: FileCollector): void {
    // It is to be read before anything is concluded from that it had nothing.
    entry.hadNothing = false
    entry.idlePasses = 0
    entry.pollsAsleep = 0
    this.know(file)
    this.#byFile.get(file)?.add(entry)
    if (entry.attention === 'active') return
    entry.attention = 'active'
    if (entry.life !== 'ended') setBell(entry, file, 'watched')
  }

  /**
   * A watched mailbox had nothing in this pass.
   *
   * @param afterPause - of one that came at once nothing could be expected
   */
  hadNothing(entry: MailboxEntry, file: FileCollector, afterPause: boolean): void {
    if (afterPause) entry.idlePasses += 1
    if (entry.life === 'ended' || entry.attention === 'dozing') {
      this.#byFile.get(file)?.delete(entry)
      entry.attention = 'asleep'
    } else if (entry.idlePasses >= IDLE_PASSES) {
      // One more look comes after the bell is set: what was written before the writer could see it.
      setBell(entry, file, 'asleep')
      entry.attention = 'dozing'
    }
  }

  /** The log file has got the first line of a run. @param entries - all mailboxes */
  setBellsOf(file: FileCollector, entries: Iterable<MailboxEntry>): void {
    for (const entry of entries) {
      if (entry.file !== file.file || entry.life === 'ended') continue
      setBell(entry, file, entry.attention === 'active' ? 'watched' : 'asleep')
    }
  }
}

/**
 * By a bell that was set the next listener knows that the mailbox was found before, and that its worker begins no run.
 * So it is left asleep, as it is at first, until the log file has a line of the run that has begun.
 */
function setBell({ reader }: MailboxEntry, file: FileCollector, state: 'watched' | 'asleep'): void {
  if (!file.isOfEarlierRun) reader.setBell(state)
}
