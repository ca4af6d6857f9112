/** The ledger of a log, as a reader has it: which file of the directory has which positions. */
import { FollowedLedger, leftOutBetween, type FileContent, type Ledger, type LedgerFile } from '@pino-funnel/ledger'
import { basename } from 'node:path'
import { channelOf } from '../files/channel-of.ts'
import type { ListedFile } from '../files/list-files.ts'

/** Where the bytes of a file are in the log. */
export interface Address {
  readonly logId: string
  readonly file: LedgerFile
  /** Bytes of the file that have positions: `Infinity` while it is written. What another program adds later has none. */
  readonly length: number
}

/** A file and the highest number of the files before it. */
export interface FileOfLog {
  readonly file: ListedFile
  readonly after: number
  readonly address: Address | undefined
  /** Number of the last file of the ledger before it was listed. */
  readonly noted: number
  /** What the records of the file after it are like, as far as the ledger said so when it was listed. */
  readonly next: FileContent | undefined
}

/** A file that a compressed one may have been. */
export interface Candidate extends LedgerFile {
  /** Position after its last byte. */
  readonly end: number
}

interface Search {
  /** Of the file that it turned out to be. */
  readonly file: number | undefined
  /** All files up to this one were tried. */
  readonly tried: number
}

export class Addresses {
  readonly #ledger: FollowedLedger
  /** What became of the search for compressed files by content. Each one is tried once with each file. */
  readonly #searches = new Map<string, Search>()

  /** Directory of the log's channel, which may not exist. */
  readonly channel: string

  /** @param log - absolute path of the live file @param channelDir - where its channel is, if not in its directory */
  constructor(log: string, channelDir: string | undefined) {
    this.channel = channelOf(log, channelDir)
    this.#ledger = new FollowedLedger(this.channel, basename(log))
  }

  /** The ledger as it is now; `undefined` for a log without one. */
  get ledger(): Ledger | undefined {
    return this.#ledger.current
  }

  /** Whether an address is one of this ledger: a channel that was deleted has another one afterwards. */
  knows({ logId, file }: Address): boolean {
    return this.ledger?.has(logId, file.base) === true
  }

  /** How many positions between two no byte has. */
  leftOutBetween(from: number, to: number): number {
    const { ledger } = this
    return ledger ? leftOutBetween(ledger, from, to) : 0
  }

  /** Files that a compressed one may be, and that were not compared with it yet: their names were not given by the listener. */
  candidatesFor(listed: ListedFile): Candidate[] {
    const { ledger } = this
    const tried = this.#searches.get(versionIn(listed))?.tried ?? 0
    if (!ledger?.last || tried >= ledger.last.file - 1) return []
    return ledger.files.flatMap((each) => {
      const end = each.file > tried && each.name === undefined ? ledger.limitOf(each) : undefined
      return end === undefined ? [] : { ...each, end }
    })
  }

  /** Notes which file a compressed one was; `undefined` for none of the candidates. */
  found(listed: ListedFile, file: number | undefined): Address | undefined {
    const tried = (this.ledger?.last?.file ?? 1) - 1
    this.#searches.set(versionIn(listed), { file, tried })
    return this.of(listed)
  }

  of(listed: ListedFile): Address | undefined {
    const { ledger } = this
    const searched = this.#searches.get(versionIn(listed))?.file
    return this.#addressOf(ledger?.fileOf(listed) ?? ledger?.files.find((each) => each.file === searched))
  }

  /**
   * Of a file that is held open, and may have another name by now.
   *
   * @param since - number of the last file of the ledger before it was opened
   * @param after - number of a file that it is not: one whose contents were cut
   */
  ofHeld(listed: ListedFile, since: number, after: number): Address | undefined {
    const held = this.#addressOf(this.ledger?.fileOfHeld(listed, Math.max(since, after + 1)))
    const address = held ?? this.of(listed)
    return address && address.file.file > after ? address : undefined
  }

  /** The same file, as the ledger has it now; `undefined` when that is another ledger. */
  again(address: Address): Address | undefined {
    if (!this.knows(address)) return undefined
    return this.#addressOf(this.ledger?.files.find(({ file }) => file === address.file.file))
  }

  #addressOf(file: LedgerFile | undefined): Address | undefined {
    const { ledger } = this
    const logId = ledger?.id
    if (ledger === undefined || logId === undefined || file === undefined) return undefined
    const limit = ledger.limitOf(file)
    return { logId, file, length: limit === undefined ? Infinity : Math.min(limit - file.base, sizeOf(file)) }
  }
}

/**
 * What is said of positions between a place that was read and the file that is read next.
 *
 * @param log - path of the live file
 * @param end - position after what was read
 * @param next - the file that is read next
 * @param isNext - whether the file right before it was read to its end: then positions that were left out hide nothing
 * @returns `undefined` when nothing is missing, or read again
 */
export function missingBytes(
  log: string,
  end: number,
  next: LedgerFile,
  addresses: Addresses,
  isNext: boolean,
): string | undefined {
  if (next.base <= end) return undefined
  const { base } = firstOf(next, addresses.ledger?.files ?? [])
  const isReadAgain = base !== next.base
  const leftOut = base > end ? addresses.leftOutBetween(end, base) : 0
  const missing = base > end ? base - end - leftOut : 0
  if (isNext && leftOut > 0 && !isReadAgain) return undefined
  const again = `The machine was rebooted, and nothing says what ${log} has lost by that: it is read again from its beginning, where position ${next.base} is now`
  const deleted = `Bytes of ${log} are missing: ${missing} from position ${end} on. Their files were deleted before they were read`
  const unknownEnd = `Bytes of ${log} may be missing before position ${base}: the end of the file before it is not known. ${leftOut} positions were left out there, which no record has`
  const parts = [
    ...(missing > 0 ? [deleted] : []),
    ...(leftOut > 0 ? [unknownEnd] : []),
    ...(isReadAgain ? [again] : []),
  ]
  return `${parts.join('. ')}; reading goes on at position ${next.base}.`
}

/** The entry with which a file began. After a reboot it may have another one. */
function firstOf(file: LedgerFile, files: readonly LedgerFile[]): LedgerFile {
  const before = files.find((each) => each.file === file.file - 1)
  return before && before.identity === file.identity && before.boot !== file.boot ? firstOf(before, files) : file
}

/** The file, and what is in it, whatever its name. */
function versionIn({ identity, size, modified }: ListedFile): string {
  return `${identity}:${size}:${modified}`
}

/** A file that was rotated has its final length. */
function sizeOf({ name, length }: LedgerFile): number {
  return name === undefined ? Infinity : length
}
