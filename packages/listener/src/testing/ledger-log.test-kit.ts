import { ensureChannel, type Channel } from '@pino-funnel/channel'
import { ledgerPath, readLedger, type LedgerFile } from '@pino-funnel/ledger'
import { appendFileSync, renameSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { LogLedger } from '../ledger/log-ledger.ts'
import { identityOf } from '../log/log-file.ts'
import { temporaryDirectory } from './channel.test-kit.ts'
import { toFormerBoot, withoutBoot } from './former-boot.test-kit.ts'

/** A log, and what its listeners do to it as far as the ledger is concerned. */
export class LedgerLog {
  readonly path: string
  readonly reports: string[] = []
  #directory: string
  #channel: Channel | undefined
  #ledger!: LogLedger

  constructor(directory = temporaryDirectory()) {
    this.#directory = directory
    this.path = join(directory, 'app.log')
    this.restart()
    onTestFinished(() => this.#channel?.close())
  }

  /** Another listener, after a kill. */
  restart(): void {
    this.#channel?.close()
    this.#channel = ensureChannel(join(this.#directory, '.pino-funnel'), this.#directory)
    this.#ledger = new LogLedger(this.#channel, 'app.log', (message) => this.reports.push(message))
  }

  get live(): { identity: string; size: number } {
    const stats = statSync(this.path, { bigint: true })
    return { identity: identityOf(stats), size: Number(stats.size) }
  }

  /** As where the boot of the machine is not known. */
  forgetBoot(): void {
    withoutBoot(this.ledger)
    this.restart()
  }

  /** Another listener, after a reboot. */
  reboot(): void {
    toFormerBoot(this.ledger)
    this.restart()
  }

  /** As the listener opens a file that was moved or deleted, or its first one. */
  open(isOfFormerBoot?: boolean): void {
    appendFileSync(this.path, '')
    this.#ledger.begin(this.live, isOfFormerBoot)
  }

  reopen(): void {
    this.#ledger.reopened(this.live)
  }

  get isAfterReboot(): boolean {
    return this.#ledger.isAfterReboot
  }

  append(text: string): void {
    appendFileSync(this.path, text)
    this.#ledger.appended(Buffer.from(text), this.live.size)
  }

  /** As when so much is appended that the file has a length. */
  grow(length: number): void {
    truncateSync(this.path, length)
    this.#ledger.appended(Buffer.alloc(0), length)
  }

  rotate(name: string): void {
    this.#ledger.renaming(name, this.live)
    renameSync(this.path, join(this.#directory, name))
  }

  close(size: number): void {
    this.#ledger.closed(size)
  }

  cut(before: number): void {
    this.#ledger.cut(this.live, before)
  }

  /** Path of the ledger. */
  get ledger(): string {
    return ledgerPath(join(this.#directory, '.pino-funnel'), 'app.log')
  }

  get id(): string | undefined {
    return readLedger(join(this.#directory, '.pino-funnel'), 'app.log')?.id
  }

  get files(): readonly LedgerFile[] {
    return readLedger(join(this.#directory, '.pino-funnel'), 'app.log')?.files ?? []
  }

  get bases(): number[] {
    return this.files.map(({ base }) => base)
  }
}
