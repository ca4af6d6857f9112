import {
  MailboxWriter,
  noticeLine,
  pidNamespace,
  processStart,
  type Channel,
  type LogOptions,
  type MailboxIdentity,
  type Notice,
} from '@pino-funnel/channel'

/**
 * What the listener itself has to say in the logs. Its records go through mailboxes of its own, as everybody's do, so
 * that they are in the log exactly once, too, should it die.
 */
export class Notices {
  readonly #channel: Channel
  readonly #writers = new Map<string, MailboxWriter>()

  constructor(channel: Channel) {
    this.#channel = channel
  }

  /**
   * @param file - name of the log file
   * @returns the mailbox to look into
   * @throws the system's error when there is no room for it
   */
  tell(file: string, options: LogOptions, notice: Notice): string {
    const writer = this.#writers.get(file) ?? new MailboxWriter(this.#channel, identify(file, options), 'plain')
    this.#writers.set(file, writer)
    writer.append(noticeLine(notice, options.lifecycle))
    return writer.id
  }

  /** Whether a mailbox is one of these. */
  owns(mailbox: string): boolean {
    for (const writer of this.#writers.values()) if (writer.id === mailbox) return true
    return false
  }

  get isOpen(): boolean {
    return this.#writers.size > 0
  }

  /** Seals the mailbox for a log file to which no worker logs. Should there be more to say of it, another one is made. */
  closeFor(file: string): void {
    this.#writers.get(file)?.seal()
    this.#writers.delete(file)
  }

  /** Seals the mailboxes; once collected, they are deleted as any other. */
  close(): void {
    for (const writer of this.#writers.values()) writer.seal()
    this.#writers.clear()
  }
}

function identify(file: string, log: LogOptions): MailboxIdentity {
  return {
    role: 'listener',
    sync: 'never',
    file,
    log,
    pid: process.pid,
    ppid: process.ppid,
    threadId: 0,
    kernelThread: 0,
    saysGoodbye: false,
    pidNamespace: pidNamespace(),
    start: processStart(process.pid),
    application: '/',
    program: 'pino-funnel listener',
    pool: undefined,
    slot: undefined,
    since: Date.now(),
  }
}
