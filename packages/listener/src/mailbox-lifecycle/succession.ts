import { isRecorded, type ListenerNotice, type Notice } from '@pino-funnel/channel'
import type { FileCollector } from '../append/file-collector.ts'

/** The record that another listener writes a log from now on: in each log that is in use when it begins. */
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
   * @param isDecided - whether the options of one are known
   */
  notify(files: Iterable<FileCollector>, isDecided: (file: FileCollector) => boolean): void {
    this.#waiting ??= new Set(files)
    const how = this.#notice.how ?? undefined
    for (const file of this.#waiting) {
      if (!isDecided(file)) continue
      this.#waiting.delete(file)
      if (isRecorded(file.options.lifecycle, 'listener', how)) this.#write(file, this.#notice)
    }
  }
}
