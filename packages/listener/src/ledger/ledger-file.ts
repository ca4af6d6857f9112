/** The file of a ledger, as its only writer has it. It is opened for each write: there are few, and there may be any number of logs. */
import {
  decodeEntries,
  encodeEntry,
  Ledger,
  ledgerDirectory,
  ledgerPath,
  readHolds,
  readPrivate,
  type LedgerEntry,
} from '@pino-funnel/ledger'
import { closeSync, makePrivate, systemCode, writeAll, type Channel } from '@pino-funnel/channel'
import { chmodSync, constants, fdatasyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants
/** The length of a file is noted each time it has grown by so much. */
export const NOTED_BYTES: number = 1024 ** 3
/** A ledger is replaced by a shorter one when it has grown by so much. */
const SHORTEN_AT_BYTES = 128 * 1024
/** Files whose entries are kept in any case, for readers that are behind. */
const KEPT_FILES = 100

export class LedgerFile {
  readonly ledger: Ledger
  readonly #channel: Pick<Channel, 'directory' | 'tmp'>
  readonly #log: string
  readonly #path: string
  /** Whether the file may end with a part of an entry. */
  #isTorn: boolean
  #grown: number

  /**
   * @param log - name of the log file
   * @throws the system's error when the ledger is there and can't be read
   */
  constructor(channel: Pick<Channel, 'directory' | 'tmp'>, log: string) {
    this.#channel = channel
    this.#log = log
    this.#path = ledgerPath(channel.directory, log)
    const bytes = readPrivate(this.#path) ?? Buffer.alloc(0)
    const { entries, end } = decodeEntries(bytes)
    this.ledger = new Ledger(entries)
    this.#isTorn = end < bytes.length
    this.#grown = bytes.length
  }

  /**
   * Adds entries. When this returns, they survive the death of this process.
   *
   * @throws the system's error; none of them counts then, in this process
   */
  add(...entries: readonly LedgerEntry[]): void {
    if (entries.length === 0) return
    const lines = entries.map(encodeEntry)
    const bytes = Buffer.concat(this.#isTorn ? [NEWLINE, ...lines] : lines)
    this.#isTorn = true
    this.#append(bytes, { isSynced: entries.some(mustOutliveMachine) })
    this.#isTorn = false
    this.#grown += bytes.length
    for (const entry of entries) this.ledger.add(entry)
  }

  get needsCompaction(): boolean {
    return this.#grown > SHORTEN_AT_BYTES
  }

  /**
   * Leaves out the files that are gone.
   *
   * @param isThere - whether a file that was rotated to a name is there, compressed or not
   * @throws the system's error, also when a hold can't be read; the ledger is unchanged then
   */
  compact(isThere: (name: string) => boolean): void {
    const held = new Set(readHolds(this.#channel.directory, this.#log).map(({ logId }) => logId))
    const last = this.ledger.last?.file ?? 0
    const kept = this.ledger.entries(
      ({ file, name }) => file > last - KEPT_FILES || (name !== undefined && isThere(name)),
      (id) => held.has(id),
    )
    const bytes = Buffer.concat([...kept].map(encodeEntry))
    const draft = join(this.#channel.tmp, 'ledger')
    rmSync(draft, { force: true })
    write(draft, O_EXCL, bytes, { isSynced: true })
    renameSync(draft, this.#path)
    this.#isTorn = false
    this.#grown = 0
  }

  #append(bytes: Buffer, how: { readonly isSynced: boolean }): void {
    try {
      write(this.#path, O_APPEND, bytes, how)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
      mkdirSync(ledgerDirectory(this.#channel.directory), { mode: 0o700 })
      chmodSync(ledgerDirectory(this.#channel.directory), 0o700)
      write(this.#path, O_APPEND, bytes, how)
    }
  }
}

/** A base that is lost could be given to other bytes. 4 GiB are left out from the length that was noted last. */
function mustOutliveMachine(entry: LedgerEntry): boolean {
  return entry.type === 'file' || (entry.type === 'length' && !entry.closed && entry.length >= NOTED_BYTES)
}

const NEWLINE = Buffer.from('\n')

function write(path: string, flags: number, bytes: Buffer, { isSynced }: { readonly isSynced: boolean }): void {
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | flags, 0o600)
  try {
    makePrivate(descriptor)
    writeAll(descriptor, bytes)
    if (isSynced) fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
