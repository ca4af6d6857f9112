import { systemCode } from '@pino-funnel/channel'
import { statSync } from 'node:fs'
import { decodeEntries } from './ledger-entry.ts'
import { isUnreachable, ledgerPath } from './ledger-path.ts'
import { Ledger } from './ledger.ts'
import { readPrivate } from './read-private.ts'

/**
 * The ledger of a log as another process than the listener reads it, again and again. What was read before is not read
 * again: a log that is rotated often has a long ledger, and an entry more each moment.
 */
export class FollowedLedger {
  readonly #path: string
  #ledger = new Ledger()
  /** Which file was read: a ledger that is shortened is another file. */
  #version: string | undefined
  /** Where the last whole entry ends. */
  #end = 0

  /** @param channel - directory of the channel, @param log - name of the log file */
  constructor(channel: string, log: string) {
    this.#path = ledgerPath(channel, log)
  }

  /** As it is now; `undefined` when there is none, or another user's. @throws the system's error */
  get current(): Ledger | undefined {
    const found = this.#find()
    if (found?.version !== this.#version || (found && found.size < this.#end)) this.#begin(found?.version)
    if (found && found.size > this.#end) this.#readOn(found.version)
    return this.#ledger.id === undefined ? undefined : this.#ledger
  }

  #begin(version: string | undefined): void {
    this.#ledger = new Ledger()
    this.#version = version
    this.#end = 0
  }

  #readOn(version: string): void {
    const bytes = this.#read()
    // It was replaced in this instant: the next call reads the other file.
    if (this.#find()?.version !== version) return this.#begin(undefined)
    const { entries, end } = decodeEntries(bytes)
    for (const entry of entries) this.#ledger.add(entry)
    this.#end += end
  }

  #read(): Buffer {
    try {
      return readPrivate(this.#path, this.#end) ?? Buffer.alloc(0)
    } catch (error) {
      if (isUnreachable(error)) return Buffer.alloc(0)
      throw error
    }
  }

  #find(): { readonly version: string; readonly size: number } | undefined {
    try {
      const { ino, birthtimeNs, size } = statSync(this.#path, { bigint: true })
      return { version: `${ino}:${birthtimeNs}`, size: Number(size) }
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      return undefined
    }
  }
}
