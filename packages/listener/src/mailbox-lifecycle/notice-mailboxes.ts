/**
 * The mailboxes of the listener itself, one for each log file that gets a record of pino-funnel. Such records go
 * through a mailbox as workers' records do, so that the log has each exactly once, also when the listener dies.
 */
import {
  bootId,
  MailboxWriter,
  noticeLine,
  pidNamespace,
  processStart,
  seemsThere,
  type Channel,
  type LogOptions,
  type WriterProfile,
  type Notice,
} from '@pino-funnel/channel'

export class NoticeMailboxes {
  readonly #channel: Channel
  readonly #onWritten: (mailbox: string) => void
  readonly #writers = new Map<string, MailboxWriter>()
  /** Whether `onWritten` has to wait for the mailboxes in `#held`. */
  #isHolding = false
  readonly #held = new Set<string>()

  /** @param onWritten - gets the id of a mailbox with a new record, which has to be read */
  constructor(channel: Channel, onWritten: (mailbox: string) => void) {
    this.#channel = channel
    this.#onWritten = onWritten
  }

  /**
   * Writes a record to the mailbox for a log file.
   *
   * @param file - name of the log file
   * @throws the system's error when there is no room for the record
   */
  write(file: string, options: LogOptions, notice: Notice): void {
    const writer = this.#writerFor(file, options)
    writer.append(noticeLine(notice, options.lifecycle))
    if (this.#isHolding) this.#held.add(writer.id)
    else this.#onWritten(writer.id)
  }

  /** A mailbox that another program has deleted takes records that no listener reads. */
  #writerFor(file: string, options: LogOptions): MailboxWriter {
    const known = this.#writers.get(file)
    if (known && seemsThere(known.directory)) return known
    this.closeFor(file)
    const made = new MailboxWriter(this.#channel, profileOf(file, options), 'plain')
    this.#writers.set(file, made)
    return made
  }

  /** Records are written to their mailboxes, but `onWritten` gets none of them until `release`. */
  hold(): void {
    this.#isHolding = true
  }

  release(): void {
    this.#isHolding = false
    for (const mailbox of this.#held) {
      this.#held.delete(mailbox)
      this.#onWritten(mailbox)
    }
  }

  /** Whether a mailbox is one of these, and may get more records. */
  owns(mailbox: string): boolean {
    for (const writer of this.#writers.values()) if (writer.id === mailbox) return true
    return false
  }

  get isOpen(): boolean {
    return this.#writers.size > 0
  }

  /** Seals the mailbox for a log file that no worker logs to. The next record for it makes another one. */
  closeFor(file: string): void {
    this.#writers.get(file)?.seal()
    this.#writers.delete(file)
  }

  /** Seals all mailboxes. Once collected, they are deleted as any other. */
  close(): void {
    for (const writer of this.#writers.values()) writer.seal()
    this.#writers.clear()
  }
}

function profileOf(file: string, log: LogOptions): WriterProfile {
  return {
    role: 'listener',
    sync: 'never',
    file,
    log,
    pid: process.pid,
    ppid: process.ppid,
    threadId: 0,
    kernelThread: 0,
    reportsItsExit: false,
    pidNamespace: pidNamespace(),
    start: processStart(process.pid),
    boot: bootId(),
    application: '/',
    program: 'pino-funnel listener',
    pool: undefined,
    slot: undefined,
    since: Date.now(),
  }
}
