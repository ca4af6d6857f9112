/** What the entries of a ledger say of a log. */
import type { FileContent, LedgerEntry } from './ledger-entry.ts'

/** A container without a machine id may fork its log at each start. Readers that come from an older fork are refused. */
const KEPT_IDS = 100

export interface LedgerFile {
  /** From 1 on, one more for each file. Unlike the numbers in names, it is never used again. */
  readonly file: number
  /** Position of its first byte. */
  readonly base: number
  /** Inode and birth time. */
  readonly identity: string
  /** The boot of the machine in which it was opened last; `undefined` where that is not known. */
  readonly boot: string | undefined
  /** So many bytes are in it, at least. */
  readonly length: number
  /** Digest of the end of these bytes; `undefined` while nothing is known to be in the file. */
  readonly proof: string | undefined
  /** Whether nothing was appended to it after it had `length` bytes. */
  readonly isClosed: boolean
  /** The name that it got when it was rotated, before compression; `undefined` before, or if another program renamed it. */
  readonly name: string | undefined
  readonly content: FileContent | undefined
}

/** A file of the log directory. */
export interface FoundFile {
  readonly original: string
  readonly inode: number
  readonly born: number
}

type LogEntry = Extract<LedgerEntry, { type: 'log' }>

export class Ledger {
  readonly #logs: LogEntry[] = []
  readonly #files = new Map<number, LedgerFile>()
  /** The number of the file that has got a name last. */
  readonly #numbers = new Map<string, number>()
  #last: LedgerFile | undefined

  constructor(entries: Iterable<LedgerEntry> = []) {
    for (const entry of entries) this.add(entry)
  }

  /** `undefined` for a ledger without a whole entry. */
  get id(): string | undefined {
    return this.log?.id
  }

  /** What was noted last about the log as a whole. */
  get log(): LogEntry | undefined {
    return this.#logs.at(-1)
  }

  /** From the oldest to the one that is written. Those that were deleted long ago may be missing. */
  get files(): readonly LedgerFile[] {
    return [...this.#files.values()]
  }

  /** The file that is written, or was written last. */
  get last(): LedgerFile | undefined {
    return this.#last
  }

  /** Whether a position that was noted under a log id is one of this log: it is the log's id, or was before a fork. */
  has(id: string, position: number): boolean {
    const index = this.#logs.findLastIndex((log) => log.id === id)
    if (index === -1) return false
    const next = this.#logs[index + 1]
    return next === undefined || position <= next.at
  }

  /** Where the positions of a file end; `undefined` for the last file, which still grows. */
  limitOf({ file }: LedgerFile): number | undefined {
    if (file === this.#last?.file) return undefined
    return (this.#files.get(file + 1) ?? this.files.find((other) => other.file > file))?.base
  }

  /** The file that the listener has given a name, before compression. */
  named(original: string): LedgerFile | undefined {
    const number = this.#numbers.get(original)
    return number === undefined ? undefined : this.#files.get(number)
  }

  /**
   * The entry of a file: by the name that the listener gave it, since no other file gets that name while it is there; or by
   * its identity.
   *
   * @param original - name of the file, before it was compressed
   * @param born - its birth time, ms since the epoch
   */
  fileOf({ original, inode, born }: FoundFile): LedgerFile | undefined {
    const named = this.named(original)
    if (named) return named
    // The last one may still have its old name, if its rotation was interrupted.
    return this.#identified({ inode, born }, (file) => file.name === undefined || file === this.#last)
  }

  /**
   * The entry of a file that is held open, whatever name it has got: no other file can have its inode meanwhile.
   *
   * @param since - number of the last file of the ledger before it was opened
   */
  fileOfHeld(found: FoundFile, since: number): LedgerFile | undefined {
    return this.#identified(found, ({ file }) => file >= since)
  }

  #identified(
    { inode, born }: Pick<FoundFile, 'inode' | 'born'>,
    isPossible: (file: LedgerFile) => boolean,
  ): LedgerFile | undefined {
    const isIt = ({ identity }: LedgerFile): boolean => identity === `${inode}:${born}` || identity === `${inode}:0`
    return this.files.findLast((file) => isIt(file) && isPossible(file))
  }

  add(entry: LedgerEntry): void {
    if (entry.type === 'log') {
      this.#logs.push(entry)
      return
    }
    const known = this.#files.get(entry.file)
    const changed = known ? change(known, entry) : begin(entry)
    if (!changed) return
    this.#files.set(entry.file, changed)
    this.#rename(changed, known?.name)
    if (!this.#last || changed.file >= this.#last.file) this.#last = changed
  }

  #rename({ file, name }: LedgerFile, former: string | undefined): void {
    if (name === former) return
    if (former !== undefined && this.#numbers.get(former) === file) this.#numbers.delete(former)
    if (name !== undefined) this.#numbers.set(name, file)
  }

  /**
   * The entries that say the same, of some files only. Of the ids, the last ones are kept, and those that holds name.
   *
   * @param isHeld - whether a hold names a log id
   */
  *entries(
    isKept: (file: LedgerFile) => boolean,
    isHeld: (id: string) => boolean = () => false,
  ): Generator<LedgerEntry, void, void> {
    yield* this.#logs.filter((log, index) => {
      const before = this.#logs[index - 1]
      // The entry after an id says up to where its positions count.
      return index >= this.#logs.length - KEPT_IDS || isHeld(log.id) || (before !== undefined && isHeld(before.id))
    })
    for (const known of this.#files.values()) {
      if (!isKept(known)) continue
      const { file, base, identity, boot, length, proof, isClosed, name, content } = known
      yield { type: 'file', file, base, identity, ...(boot !== undefined && { boot }) }
      if (length > 0 || isClosed) {
        const proven = { ...(proof !== undefined && { proof }), ...(isClosed && { closed: true as const }) }
        yield { type: 'length', file, length, ...proven, ...(name !== undefined && { name }) }
      }
      if (content) yield { type: 'content', file, ...content }
    }
  }
}

function begin(entry: Exclude<LedgerEntry, LogEntry>): LedgerFile | undefined {
  if (entry.type !== 'file') return undefined
  const { file, base, identity, boot } = entry
  const empty = { length: 0, proof: undefined, isClosed: false, name: undefined, content: undefined }
  return { file, base, identity, boot, ...empty }
}

function change(known: LedgerFile, entry: Exclude<LedgerEntry, LogEntry>): LedgerFile {
  switch (entry.type) {
    case 'file':
      return { ...known, identity: entry.identity, boot: entry.boot, isClosed: false, name: undefined }
    case 'length': {
      const { length, proof, closed = false, name } = entry
      // A file gets its name when it is finished.
      return { ...known, length, proof, isClosed: closed || name !== undefined, name }
    }
    case 'content': {
      const { first, last, untimed, levels } = entry
      return { ...known, content: { first, last, untimed, levels } }
    }
  }
}

/** The position after the last byte that is known to be in a file. */
export function endOf({ base, length }: LedgerFile): number {
  return base + length
}

/** Positions that no byte gets, where the end of a file is not known: more than it can have grown since its length was noted. */
export const LEFT_OUT_BYTES: number = 4 * 1024 ** 3

/** How many of the positions between two were left out: no byte has them. */
export function leftOutBetween({ files }: Pick<Ledger, 'files'>, from: number, to: number): number {
  return files.reduce((sum, { file, base }, index) => {
    const before = files[index - 1]
    const isLeftOut = before !== undefined && file === before.file + 1 && base - endOf(before) >= LEFT_OUT_BYTES
    return isLeftOut ? sum + Math.max(0, Math.min(to, base) - Math.max(from, base - LEFT_OUT_BYTES)) : sum
  }, 0)
}
