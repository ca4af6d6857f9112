/**
 * The journal: what is about to be appended to which log file, written before it is (docs/protocol.md, "Exactly once").
 * Its entries are in journal-entry.ts.
 *
 * What always holds in this room: an intent is in the journal before the first of its bytes is in the log file. Reading
 * stops at the first entry that is torn or does not match its checksum: nothing relies on what comes after it.
 */
import { encodeCheckedLine } from '@pino-funnel/ledger'
import type { AppendFile, FileSystem } from './filesystem.ts'
import { decodeEntries, encodeState, intentEntry, replay, type Intent, type JournalState } from './journal-entry.ts'

/**
 * When it has grown by this, the journal is replaced by a checkpoint. Small enough to be read in no time after a kill,
 * and to leave most of the reserve of a full channel to the next listener (channel: mailbox/quota.ts).
 */
const COMPACT_AFTER_BYTES = 256 * 1024

/** `'no entry'`: there is a journal, and it has no whole entry. */
export interface LoadedJournal extends JournalState {
  readonly damage: 'none' | 'torn end' | 'no entry'
}

export class Journal {
  readonly #files: FileSystem
  readonly #path: string
  readonly #draft: string
  #file: AppendFile | undefined
  #size = 0
  #checkpointSize = 0
  #torn = false

  constructor(files: FileSystem, path: string) {
    this.#files = files
    this.#path = path
    this.#draft = `${path}.new`
  }

  /**
   * What the last listener left behind, and whether the journal could be read to its end.
   *
   * @throws FunnelError `FUNNEL_CHANNEL_FORMAT` when it was written by another version
   */
  load(): LoadedJournal {
    const bytes = this.#files.read(this.#path) ?? Buffer.alloc(0)
    const { entries, end } = decodeEntries(bytes)
    const isWhole = end === bytes.length
    return { ...replay(entries), damage: isWhole ? 'none' : entries.length === 0 ? 'no entry' : 'torn end' }
  }

  /** Renames a damaged journal, and keeps it for an inspection. */
  setAside(): void {
    this.#files.rename(this.#path, `${this.#path}.damaged`)
  }

  get needsCheckpoint(): boolean {
    return this.#file === undefined || this.#size - this.#checkpointSize > COMPACT_AFTER_BYTES
  }

  /**
   * Replaces the journal by what is known now. To be called before the first intent.
   *
   * @throws the system's error; the old journal stays valid then
   */
  checkpoint(state: JournalState): void {
    const file = this.#files.openAppend(this.#draft, true)
    const bytes = encodeState(state)
    try {
      file.append(bytes)
      this.#files.rename(this.#draft, this.#path)
    } catch (error) {
      file.close()
      throw error
    }
    const former = this.#file
    this.#file = file
    this.#size = bytes.length
    this.#checkpointSize = bytes.length
    this.#torn = false
    former?.close()
  }

  /**
   * Records an intent. When this returns, it survives the death of this process.
   *
   * @throws the system's error; the intent does not count then, and nothing may be appended to the log
   */
  record(intent: Intent): void {
    this.#append(intentEntry(intent))
  }

  /**
   * Records that a log file is let go, and its last intent was applied.
   *
   * @param file - name of the log file
   * @throws the system's error; nothing may happen to the file then
   */
  recordClosed(file: string): void {
    this.#append({ type: 'closed', file })
  }

  #append(entry: object): void {
    const file = this.#file
    if (!file) throw new Error('the journal needs a checkpoint first')
    if (this.#torn) this.#cutTornTail(file)
    const bytes = encodeCheckedLine(entry)
    this.#torn = true
    file.append(bytes)
    this.#torn = false
    this.#size += bytes.length
  }

  #cutTornTail(file: AppendFile): void {
    file.truncate(this.#size)
    this.#torn = false
  }

  close(): void {
    const former = this.#file
    this.#file = undefined
    former?.close()
  }
}
