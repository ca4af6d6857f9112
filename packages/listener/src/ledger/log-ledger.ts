/**
 * The ledger of one log file: which file begins at which position. docs/protocol.md, "Ledger".
 *
 * What always holds in this room: a file's base is in the ledger before the file gets its first byte from this listener,
 * and its end before it gets another name. So a kill at any instant leaves a ledger from which the next listener goes on.
 * Where the end of a file is not known, positions are left out rather than given twice.
 */
import {
  LEFT_OUT_BYTES,
  proofOf,
  PROOF_BYTES,
  readHolds,
  readUpTo,
  type LedgerEntry,
  type LedgerFile as Known,
  type StoredHold,
} from '@pino-funnel/ledger'
import { closeSync, bootId, systemCode, type Channel } from '@pino-funnel/channel'
import { constants, fstatSync, readdirSync, readSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { identityOf } from '../log/log-file.ts'
import { openTrusted } from '../log/open-trusted.ts'
import { contentOf } from './file-content.ts'
import { LedgerFile, NOTED_BYTES } from './ledger-file.ts'
import { compare, placeOf, sizeIn } from './log-place.ts'

const BOOT = bootId()

/** The file that has the log's name. */
export interface LiveFile {
  readonly identity: string
  readonly size: number
}

export class LogLedger {
  readonly #channel: Channel
  readonly #log: string
  readonly #report: (message: string) => void
  readonly #described = new Set<number>()
  #file: LedgerFile | undefined
  /** Length of the last file of the ledger, while this process knows it. */
  #length: number | undefined
  /** Whether the last file of the ledger is the one that is open, or was just closed. */
  #isBegun = false
  /** No length below this is noted: each append asks this alone, since it comes with cold caches. */
  #notesFrom = 0

  /** @param log - name of the log file */
  constructor(channel: Channel, log: string, report: (message: string) => void) {
    this.#channel = channel
    this.#log = log
    this.#report = report
  }

  /**
   * Whether the machine was rebooted since the last file of the ledger was opened: what was appended then may be lost, and
   * its end be torn.
   *
   * @throws the system's error when the ledger can't be read
   */
  get isAfterReboot(): boolean {
    const boot = this.#ledger.last?.boot
    return boot !== undefined && boot !== BOOT
  }

  /** Whether the last file was not closed. @throws the system's error when the ledger can't be read */
  get isLeftOpen(): boolean {
    return this.#ledger.last?.isClosed === false
  }

  /**
   * The log file was opened, and is another one than before, or the first. To be called before lines are appended.
   *
   * After a reboot it is the same file only if it was closed, and ends there: what was lost would be written again.
   *
   * @param isOfFormerBoot - whether the machine may have been rebooted since, where the ledger does not say so
   * @throws the system's error; nothing may be appended then
   */
  begin(live: LiveFile, isOfFormerBoot = false): void {
    this.#isBegun = false
    const { last } = this.#ledger
    const isAfterReboot = last?.boot === undefined ? isOfFormerBoot : this.isAfterReboot
    const isWhole = last !== undefined && (!isAfterReboot || (last.isClosed && last.length === live.size))
    if (isWhole && this.#isSame(last, live)) this.#goOn(last, live)
    else this.#beginFile(live, last ? this.#endOf(last, live, isAfterReboot) : 0)
    this.#isBegun = true
    this.#length = live.size
  }

  /** The log file that was closed is open again. @throws the system's error; nothing may be appended then */
  reopened(live: LiveFile): void {
    const { last } = this.#ledger
    // It could not be renamed, and goes on.
    if (!this.#isBegun || !last) this.begin(live)
    else if (last.isClosed) this.#open.add(fileEntry(last, live.identity))
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
    if (!this.#isBegun) return
    this.#length = length
    if (length < this.#notesFrom) return
    const { last } = this.#ledger
    this.#notesFrom = last && last.length > 0 ? last.length + NOTED_BYTES : 0
    if (!last || length < this.#notesFrom) return
    const isProven = bytes.length === length || bytes.length >= PROOF_BYTES
    const proof = isProven ? proofOf(bytes.subarray(-PROOF_BYTES)) : undefined
    this.#note({ type: 'length', file: last.file, length, ...(proof !== undefined && { proof }) })
  }

  /** The file was closed; it may be moved, deleted or opened again. @param size - of it */
  closed(size: number): void {
    if (!this.#isBegun) return
    // Another program may have cut it since the last append.
    const length = Math.max(size, this.#length ?? 0)
    this.#length = length
    const { last } = this.#ledger
    if (!last || (last.isClosed && last.length === length)) return
    this.#note({ ...this.#lengthEntry(last, length, last.identity), closed: true })
    this.#compactWhenGrown()
  }

  /**
   * The file is about to be renamed.
   *
   * @param name - that it will have
   * @throws the system's error; the file must keep its name then
   */
  renaming(name: string, live: LiveFile): void {
    this.#beginIfOther(live)
    const { last } = this.#ledger
    if (!last) return
    this.#open.add({ ...this.#lengthEntry(last, live.size, live.identity), closed: true, name })
    this.#isBegun = false
    this.#compactWhenGrown()
  }

  /** Another program may have moved the file, or cut it since it was closed. */
  #beginIfOther(live: LiveFile): void {
    const { last } = this.#ledger
    if (!this.#isBegun || last?.identity !== live.identity) {
      this.begin(live)
      return
    }
    const length = Math.max(last.length, this.#length ?? 0)
    if (live.size < length) this.cut(live, length)
  }

  /** Whether it is not known yet what the records of a rotated file are like. @param original - its name */
  lacksContent(original: string): boolean {
    const file = this.#ledger.named(original)
    return file !== undefined && file.content === undefined && !this.#described.has(file.file)
  }

  /** Notes what the records of a rotated file are like. @throws as {@link contentOf} does */
  async describe(path: string, original: string, signal: AbortSignal): Promise<void> {
    const file = this.#ledger.named(original)
    if (!file || !this.lacksContent(original)) return
    this.#described.add(file.file)
    this.#note({ type: 'content', file: file.file, ...(await contentOf(path, signal)) })
  }

  /** What readers hold, and what there is to be held. @throws the system's error */
  holds(): { readonly holds: readonly StoredHold[]; readonly files: readonly Known[]; readonly head: number } {
    const holds = readHolds(this.#channel.directory, this.#log)
    if (holds.length === 0) return { holds, files: [], head: 0 }
    const { files, last } = this.#ledger
    const placed = holds.map((hold) => ({ ...hold, position: readUpTo(hold, this.#ledger) }))
    return { holds: placed, files, head: last ? last.base + Math.max(last.length, this.#length ?? 0) : 0 }
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
    return this.#proofAt(last.length, identity) === proof
  }

  #goOn(last: Known, { identity, size }: LiveFile): void {
    const isChanged = identity !== last.identity || last.isClosed
    this.#open.add(...(isChanged ? [fileEntry(last, identity)] : []), ...this.#placeEntries(last.base + size))
  }

  #beginFile({ identity, size }: LiveFile, base: number): void {
    this.#notesFrom = 0
    const file = (this.#ledger.last?.file ?? 0) + 1
    const begun = fileEntry({ file, base }, identity)
    const length = size > 0 ? [this.#lengthEntry({ file }, size, identity)] : []
    this.#open.add(...this.#placeEntries(base), begun, ...length)
  }

  /** @param at - the end of the log */
  #placeEntries(at: number): LedgerEntry[] {
    const reach = this.#channel.reachLogDirectory()
    const place = placeOf(this.#channel.logDirectory, reach)
    const { log } = this.#ledger
    const verdict = log ? compare(log, place, { log: this.#log, reach }) : 'copied'
    if (verdict === 'same') return []
    if (log && verdict === 'copied') {
      this.#report(`${this.#log} was copied from ${log.path}. From here on it is a log of its own, with another id.`)
    }
    const id = log && verdict === 'moved' ? log.id : randomBytes(16).toString('hex')
    return [{ type: 'log', id, ...place, at: log ? at : 0 }]
  }

  /** The position after a file that another one follows. */
  #endOf(last: Known, live: LiveFile, isAfterReboot: boolean): number {
    if (last.name !== undefined) return last.base + Math.max(last.length, this.#length ?? 0)
    const isLive = last.identity === live.identity
    const size = isLive ? undefined : sizeIn(this.#channel.reachLogDirectory(), last.identity)
    // After a reboot it is the same file in most cases, and has what was not lost.
    const found = isLive && isAfterReboot ? live.size : (size ?? 0)
    // Another program may have appended to a closed file before it was deleted.
    const isClosedEnd = last.isClosed && (isLive || size !== undefined)
    const isKnown = isClosedEnd || (!isAfterReboot && (this.#length ?? size) !== undefined)
    return last.base + Math.max(last.length, this.#length ?? 0, found) + (isKnown ? 0 : LEFT_OUT_BYTES)
  }

  #lengthEntry(
    { file }: Pick<Known, 'file'>,
    length: number,
    identity: string,
  ): Extract<LedgerEntry, { type: 'length' }> {
    const proof = this.#proofAt(length, identity)
    return { type: 'length', file, length, ...(proof !== undefined && { proof }) }
  }

  /** Digest of the bytes before an offset of the live file; `undefined` when it is another file, or can't be read. */
  #proofAt(offset: number, identity: string): string | undefined {
    try {
      const descriptor = openTrusted(join(this.#channel.reachLogDirectory(), this.#log), constants.O_RDONLY)
      try {
        const stats = fstatSync(descriptor, { bigint: true })
        if (stats.size < offset || identityOf(stats) !== identity) return undefined
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

  #compactWhenGrown(): void {
    if (!this.#open.needsCompaction) return
    try {
      const names = readdirSync(this.#channel.reachLogDirectory())
      // A compressed file has one more extension.
      const originals = new Set([...names, ...names.map((name) => name.slice(0, name.lastIndexOf('.')))])
      this.#open.compact((original) => originals.has(original))
    } catch (error) {
      const failed = `the ledger of ${this.#log} can't be shortened: ${String(error)}`
      this.#report(`${failed}. The listener tries again when it closes the log file next.`)
    }
  }
}

/** The file is open, in this boot of the machine. */
function fileEntry({ file, base }: Pick<Known, 'file' | 'base'>, identity: string): LedgerEntry {
  return { type: 'file', file, base, identity, ...(BOOT !== '' && { boot: BOOT }) }
}
