/**
 * The ledger of one log file: which file begins at which position. docs/protocol.md, "Ledger".
 *
 * What always holds in this room: a file's base is in the ledger before the file gets its first byte from this listener,
 * and its end before it gets another name. So a kill at any instant leaves a ledger from which the next listener goes on.
 * Where the end of a file is not known, positions are left out rather than given twice.
 */
import {
  endOf,
  LEFT_OUT_BYTES,
  proofOf,
  PROOF_BYTES,
  type LedgerEntry,
  type LedgerFile as Known,
} from '@pino-funnel/ledger'
import { systemCode, type Channel } from '@pino-funnel/channel'
import { closeSync, constants, fstatSync, lstatSync, readdirSync, readSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { identityOf } from '../log/log-file.ts'
import { openTrusted } from '../log/open-trusted.ts'
import { LedgerFile } from './ledger-file.ts'
import { compare, placeOf } from './log-place.ts'

/** The length of a file is noted each time it has grown by so much. */
const NOTED_BYTES = 1024 ** 3

/** The file that has the log's name. */
export interface LiveFile {
  readonly identity: string
  readonly size: number
}

export class LogLedger {
  readonly #channel: Channel
  readonly #log: string
  readonly #report: (message: string) => void
  #file: LedgerFile | undefined
  /** Length of the file that is written, while this process knows it. */
  #length: number | undefined

  /** @param log - name of the log file */
  constructor(channel: Channel, log: string, report: (message: string) => void) {
    this.#channel = channel
    this.#log = log
    this.#report = report
  }

  /**
   * The log file was opened, and is another one than before, or the first. To be called before lines are appended.
   *
   * @throws the system's error; nothing may be appended then
   */
  begin(live: LiveFile): void {
    const ledger = this.#ledger
    const { last } = ledger
    if (last && this.#isSame(last, live)) this.#goOn(last, live)
    else this.#beginFile(live, last ? this.#endOf(last, live) : 0)
    this.#length = live.size
  }

  /**
   * Another program has cut the file: what is in it now gets positions of its own.
   *
   * @param length - of the file before
   * @throws the system's error; nothing may be appended then
   */
  cut(live: LiveFile, length: number): void {
    const { last } = this.#ledger
    this.#beginFile(live, last ? last.base + Math.max(last.length, length) : 0)
    this.#length = live.size
  }

  /** Bytes were appended. @param length - of the file now */
  appended(bytes: Buffer, length: number): void {
    this.#length = length
    const { last } = this.#ledger
    if (!last || (last.length > 0 && length - last.length < NOTED_BYTES)) return
    const isProven = bytes.length === length || bytes.length >= PROOF_BYTES
    const proof = isProven ? proofOf(bytes.subarray(-PROOF_BYTES)) : undefined
    this.#note({ type: 'length', file: last.file, length, ...(proof !== undefined && { proof }) })
  }

  /** The file was closed; it may be moved, deleted or opened again. @param size - of it */
  closed(size: number): void {
    this.#length = size
    const { last } = this.#ledger
    if (last && last.length !== size) this.#note(this.#lengthEntry(last, size))
  }

  /**
   * The file is about to be renamed.
   *
   * @param name - that it will have
   * @throws the system's error; the file must keep its name then
   */
  renaming(name: string, live: LiveFile): void {
    this.begin(live)
    const { last } = this.#ledger
    if (!last) return
    this.#open.add({ ...this.#lengthEntry(last, live.size), name })
    if (this.#open.needsCompaction) this.#compact()
  }

  get #open(): LedgerFile {
    return (this.#file ??= new LedgerFile(this.#channel, this.#log))
  }

  get #ledger(): LedgerFile['ledger'] {
    return this.#open.ledger
  }

  /** Whether the file is the one that was written last: by its identity, or, in a directory that was copied, by content. */
  #isSame(last: Known, { identity, size }: LiveFile): boolean {
    if (size < last.length) return false
    const { proof } = last
    if (proof === undefined || last.length === 0) return identity === last.identity
    return this.#proofAt(last.length) === proof
  }

  #goOn(last: Known, { identity, size }: LiveFile): void {
    const { file, base } = last
    const isChanged = identity !== last.identity || last.name !== undefined
    const noted: LedgerEntry[] = isChanged ? [{ type: 'file', file, base, identity }] : []
    this.#open.add(...noted, ...this.#placeEntries(base + size))
  }

  #beginFile({ identity, size }: LiveFile, base: number): void {
    const file = (this.#ledger.last?.file ?? 0) + 1
    const begun: LedgerEntry = { type: 'file', file, base, identity }
    const length = size > 0 ? [this.#lengthEntry({ file }, size)] : []
    this.#open.add(...this.#placeEntries(base), begun, ...length)
  }

  /** @param at - the end of the log */
  #placeEntries(at: number): LedgerEntry[] {
    const place = placeOf(this.#channel.logDirectory, this.#channel.reachLogDirectory())
    const { log } = this.#ledger
    const verdict = log ? compare(log, place, this.#log) : 'copied'
    if (verdict === 'same') return []
    if (log && verdict === 'copied') {
      this.#report(`${this.#log} was copied from ${log.path}. From here on it is a log of its own, with another id.`)
    }
    const id = log && verdict === 'moved' ? log.id : randomBytes(16).toString('hex')
    return [{ type: 'log', id, ...place, at: log ? at : 0 }]
  }

  /** The position after a file that another one follows. */
  #endOf(last: Known, live: LiveFile): number {
    if (last.name !== undefined) return endOf(last)
    const size = last.identity === live.identity ? undefined : this.#sizeOf(last)
    if (this.#length === undefined && size === undefined) return endOf(last) + LEFT_OUT_BYTES
    return last.base + Math.max(last.length, this.#length ?? 0, size ?? 0)
  }

  /** The size of a file that another program has renamed; `undefined` when it is not in the directory. */
  #sizeOf({ identity }: Known): number | undefined {
    const directory = this.#channel.reachLogDirectory()
    for (const name of readdirSync(directory)) {
      const stats = lstatSync(join(directory, name), { throwIfNoEntry: false })
      if (stats?.isFile() === true && identityOf(stats) === identity) return stats.size
    }
    return undefined
  }

  #lengthEntry({ file }: Pick<Known, 'file'>, length: number): Extract<LedgerEntry, { type: 'length' }> {
    const proof = this.#proofAt(length)
    return { type: 'length', file, length, ...(proof !== undefined && { proof }) }
  }

  /** Digest of the bytes before an offset of the live file; `undefined` when they can't be read. */
  #proofAt(offset: number): string | undefined {
    try {
      const descriptor = openTrusted(join(this.#channel.reachLogDirectory(), this.#log), constants.O_RDONLY)
      try {
        if (fstatSync(descriptor).size < offset) return undefined
        const bytes = Buffer.alloc(Math.min(PROOF_BYTES, offset))
        const count = readSync(descriptor, bytes, 0, bytes.length, offset - bytes.length)
        return count === bytes.length ? proofOf(bytes) : undefined
      } finally {
        closeSync(descriptor)
      }
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      return undefined
    }
  }

  /** For entries that the next one makes up for. */
  #note(entry: LedgerEntry): void {
    try {
      this.#open.add(entry)
    } catch (error) {
      this.#report(`the ledger of ${this.#log} can't be written: ${String(error)}. The next rotation tries again.`)
    }
  }

  #compact(): void {
    try {
      const names = readdirSync(this.#channel.reachLogDirectory())
      this.#open.compact((rotated) => names.some((name) => name.startsWith(rotated)))
    } catch (error) {
      this.#report(`the ledger of ${this.#log} can't be shortened: ${String(error)}. The next rotation tries again.`)
    }
  }
}
