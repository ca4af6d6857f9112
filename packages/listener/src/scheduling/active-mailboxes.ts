/**
 * The mailboxes that are read in every pass, by log file, and what their bells say: a writer rings only when its bell
 * says that the listener does not poll its mailbox. The states of a mailbox are in mailboxes/read-state.ts.
 *
 * What always holds in this room: it decides only when a mailbox is read. A wrong decision costs time, never a record.
 */
import type { FileCollector } from '../append/file-collector.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

export class ActiveMailboxes {
  readonly #byFile = new Map<FileCollector, Set<MailboxEntry>>()

  /** All log files that are known, each with the mailboxes to read for it in the next pass. */
  get byFile(): Iterable<[FileCollector, Set<MailboxEntry>]> {
    return this.#byFile
  }

  /** A log file has mailboxes. It is known from now on, even if none of them is active. */
  know(file: FileCollector): void {
    if (!this.#byFile.has(file)) this.#byFile.set(file, new Set())
  }

  forget(file: FileCollector): void {
    this.#byFile.delete(file)
  }

  /** Reads a mailbox in the next pass and the ones after it. */
  add(entry: MailboxEntry, file: FileCollector): void {
    this.know(file)
    this.#byFile.get(file)?.add(entry)
    if (entry.reading.wake() && !entry.liveness.hasEnded) setBell(entry, file, 'polling')
  }

  /**
   * A pass has found nothing in an active mailbox.
   *
   * @param afterPause - whether the pass came after a pause: one that comes at once finds nothing
   */
  foundNothing(entry: MailboxEntry, file: FileCollector, afterPause: boolean): void {
    const { reading, liveness } = entry
    if (afterPause) reading.countDryPass()
    if (liveness.hasEnded || reading.state === 'dozing') {
      this.#byFile.get(file)?.delete(entry)
      reading.sleep()
    } else if (reading.isDueToDoze) {
      setBell(entry, file, 'asleep')
      reading.doze()
    }
  }

  /** The log file has got the first line of a run. @param entries - all mailboxes */
  setBellsOf(file: FileCollector, entries: Iterable<MailboxEntry>): void {
    for (const entry of entries) {
      if (entry.file !== file.name || entry.liveness.hasEnded) continue
      setBell(entry, file, entry.reading.state === 'active' ? 'polling' : 'asleep')
    }
  }
}

/**
 * A bell that was set shows the next listener that the mailbox was found before, and that its worker begins no run. So
 * the bell stays as it is at first, asleep, until the log file has a line of the run that has begun.
 */
function setBell({ reader }: MailboxEntry, file: FileCollector, state: 'polling' | 'asleep'): void {
  if (!file.isOfEarlierRun) reader.setBell(state)
}
