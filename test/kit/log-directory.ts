import { layoutOf, processIsGone, readListenerRecord, type ListenerRecord } from '@pino-funnel/channel'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkLog, readLedgers, type LogCheck } from './records/index.ts'
import { kill } from './started-processes.ts'
import { until } from './until.ts'

/** A new temporary directory for logs, beside the ledgers of the workers that write them. */
export class LogDirectory {
  readonly root: string = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-')))
  readonly logs: string = join(this.root, 'logs')
  /** Where each worker keeps its `Ledger`. */
  readonly ledgers: string = join(this.root, 'ledgers')
  /** The log file, where one is enough. */
  readonly file: string = this.path('app.log')
  readonly channel: string

  /** @param channel - where the channel is: inside the log directory, or elsewhere for tests of the option `channelDir` */
  constructor(channel: 'inside' | 'elsewhere' = 'inside') {
    this.channel = channel === 'inside' ? this.path('.pino-funnel') : join(this.root, 'elsewhere', 'channel')
    if (channel === 'elsewhere') mkdirSync(join(this.root, 'elsewhere'))
    mkdirSync(this.logs)
    mkdirSync(this.ledgers)
  }

  /** The path of a file in the log directory. */
  path(name: string): string {
    return join(this.logs, name)
  }

  /** The listener, when it is alive. The start time is compared, too, because a pid may belong to another process by now. */
  listener(): ListenerRecord | undefined {
    const record = readListenerRecord(layoutOf(this.channel))
    return record && !processIsGone(record.pid, record.start) ? record : undefined
  }

  /** The ids of the mailboxes. A mailbox is deleted when its writer is gone and all its records are in the log. */
  mailboxes(): string[] {
    const { mailboxes } = layoutOf(this.channel)
    return existsSync(mailboxes) ? readdirSync(mailboxes) : []
  }

  /** Waits until no mailbox is left. Every writer must have exited, or exit by itself. */
  async drained(deadline?: number): Promise<void> {
    await this.#until(() => this.mailboxes().length === 0, 'all mailboxes to be drained and gone', deadline)
  }

  async listenerPresent(deadline?: number): Promise<ListenerRecord> {
    return this.#until(() => this.listener(), 'a listener to be alive', deadline)
  }

  /** Waits until there was a listener: one with a short linger may have left before a busy test sees it alive. */
  async listenerElected(): Promise<ListenerRecord> {
    return this.#until(() => readListenerRecord(layoutOf(this.channel)), 'a listener to have been elected')
  }

  async listenerGone(deadline?: number): Promise<void> {
    await this.#until(() => this.listener() === undefined, 'the listener to be gone', deadline)
  }

  /**
   * Compares the log with the ledgers.
   *
   * @param files - the parts of the log, the oldest first
   */
  check(files: readonly string[] = [this.file]): Promise<LogCheck> {
    return checkLog(files, readLedgers(this.ledgers))
  }

  async endListener(): Promise<void> {
    // A second candidate may have been slow, and follow the first.
    const isGone = (): boolean => {
      const listener = this.listener()
      if (listener) kill(listener.pid, 'SIGKILL')
      return listener === undefined
    }
    await this.#until(isGone, 'the listener to be gone after SIGKILL')
  }

  #until<T>(condition: () => T, what: string, deadline?: number): Promise<NonNullable<T>> {
    const evidence = (): string => `${this.root}, with mailboxes ${this.mailboxes().join(', ') || 'none'}`
    return until(condition, `${what} in ${this.channel}`, { evidence, ...(deadline !== undefined && { deadline }) })
  }
}
