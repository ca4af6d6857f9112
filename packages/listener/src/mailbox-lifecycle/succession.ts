import { isRecorded, type ListenerNotice, type Notice } from '@pino-funnel/channel'
import type { FileCollector } from '../append/file-collector.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

/**
 * The record that another listener writes a log from now on: in each log that is in use when it begins.
 *
 * A listener that did not leave may have been killed, or have ended with all that was there: a container, a service, the
 * machine. Workers that it served show which: if one lives on, only the listener has ended.
 */
export class Succession {
  readonly #notice: ListenerNotice
  readonly #write: (file: FileCollector, notice: Notice) => void
  /** Log files that are still to get it: the options that apply to them are not decided yet. */
  #waiting: Set<FileCollector> | undefined

  constructor(notice: ListenerNotice, write: (file: FileCollector, notice: Notice) => void) {
    this.#notice = notice
    this.#write = write
  }

  /**
   * To be called at each fallback poll.
   *
   * @param files - those in use; later ones get no record
   * @param entries - the mailboxes
   * @param isDecided - whether the options of a log file are known
   */
  notify(
    files: () => Iterable<FileCollector>,
    entries: Iterable<MailboxEntry>,
    isDecided: (file: FileCollector) => boolean,
  ): void {
    this.#waiting ??= new Set(files())
    if (this.#waiting.size === 0) return
    const how = this.#notice.how === 'lost' ? endOf(entries) : this.#notice.how
    if (how === 'not known yet') return
    for (const file of this.#waiting) {
      if (!isDecided(file)) continue
      this.#waiting.delete(file)
      if (isRecorded(file.options.lifecycle, 'listener', how ?? undefined)) this.#write(file, { ...this.#notice, how })
    }
  }
}

/** How a listener has ended that did not leave. */
function endOf(entries: Iterable<MailboxEntry>): 'lost' | 'gone' | 'not known yet' {
  let end: 'gone' | 'not known yet' = 'gone'
  for (const { isWorker, liveness, reader } of entries) {
    if (!isWorker || !reader.wasFoundBefore || liveness.hasEnded) continue
    if (liveness.wasSeenAlive) return 'lost'
    end = 'not known yet'
  }
  return end
}
