/** A file of the log that is being read. */
import { PlainContents, type Contents } from '../files/contents.ts'
import type { ListedFile } from '../files/list-files.ts'
import type { Address, Addresses, FileOfLog } from './addresses.ts'
import { LineCutter, type CutPortion } from './line-cutter.ts'
import type { Portion } from './portion.ts'

/** Bytes of lines that a file may hold before its turn. */
const AHEAD_BYTES = 8 * 1024 * 1024

/** Whether a run of whole lines has anything that is wanted. */
export type Finds = (lines: Buffer) => boolean

export interface OpenedFileOptions {
  /** The bytes before the offset at which reading begins. */
  readonly before?: Buffer
  /** Runs in which it finds nothing are left out. */
  readonly finds?: Finds | undefined
}

export class OpenedFile {
  readonly contents: Contents
  /** The highest number of the files before this one. */
  readonly after: number
  /** Its number when it was opened; the live file has none. */
  readonly number: number | undefined
  readonly #place: FileOfLog
  /** The file itself: the list may be old. */
  readonly #held: ListedFile
  readonly #finds: Finds | undefined
  #address: Address | undefined
  /** Number of the file in the ledger whose contents were cut. */
  #cut = 0
  /** It can't be read any further. */
  isDamaged = false
  #cutter: LineCutter
  /** Reads ahead until it is this file's turn. */
  #ahead: Promise<void> | undefined
  #isItsTurn = false
  /** What was read ahead. */
  #ready: CutPortion[] = []
  #failure: { readonly error: unknown } | undefined

  constructor(place: FileOfLog, contents: Contents, { before, finds }: OpenedFileOptions = {}) {
    this.#place = place
    const { ino: inode, birthtimeMs: born } = contents.stats
    this.#held = { ...place.file, inode, born }
    this.number = place.file.number
    this.after = place.after
    this.contents = contents
    this.#finds = finds
    this.#cutter = new LineCutter(contents.offset, before)
    // Runs without anything that is wanted are not kept, and the others are copied.
    if (finds && contents instanceof PlainContents) contents.lend()
  }

  /** When it was opened. */
  get path(): string {
    return this.#place.file.path
  }

  /** When it was listed, ms since the epoch. */
  get modified(): number {
    return this.#place.file.modified
  }

  get cutter(): LineCutter {
    return this.#cutter
  }

  /** Reads on until it is this file's turn, or enough is kept. A failure is that of {@link next}. */
  readAhead(): void {
    this.#ahead ??= this.#readAhead().catch((error: unknown) => {
      this.#failure = { error }
    })
  }

  async #readAhead(): Promise<void> {
    for (let kept = 0; !this.#isItsTurn && kept < AHEAD_BYTES;) {
      const portions = await this.#read()
      if (!portions) return
      this.#ready.push(...portions)
      kept += portions.reduce((sum, { bytes }) => sum + bytes.length, 0)
    }
  }

  /**
   * The next runs of whole lines; none when the bytes that were read end no line, `undefined` at the end.
   *
   * @throws CutError; the error of zlib when the file is damaged; the system's error
   */
  async next(): Promise<readonly CutPortion[] | undefined> {
    this.#isItsTurn = true
    await this.#ahead
    const ready = this.#ready.splice(0)
    if (ready.length > 0) return ready
    if (this.#failure) throw this.#failure.error
    return this.#read()
  }

  async close(): Promise<void> {
    this.#isItsTurn = true
    await this.#ahead
    await this.contents.close()
  }

  async #read(): Promise<readonly CutPortion[] | undefined> {
    const bytes = await this.contents.next()
    return bytes && this.#wanted(this.#cutter.push(bytes))
  }

  /** Nothing comes after this: a last line has no newline. */
  finish(): readonly CutPortion[] {
    const rest = this.isDamaged ? undefined : this.#cutter.finish()
    return rest ? this.#wanted([rest]) : []
  }

  #wanted(portions: readonly CutPortion[]): readonly CutPortion[] {
    const finds = this.#finds
    if (!finds) return portions
    return portions.filter(({ bytes }) => finds(bytes)).map((cut) => ({ ...cut, bytes: Buffer.from(cut.bytes) }))
  }

  /** Reads it from the beginning again. */
  restart(): void {
    if (this.contents instanceof PlainContents) this.contents.seek(0, Buffer.alloc(0))
    this.#cutter = new LineCutter(0)
    this.#cut = this.#address?.file.file ?? 0
    this.#address = undefined
  }

  /**
   * Where its bytes are in the log; `undefined` when the ledger does not have it. Until {@link restart} it is one file of the
   * ledger: another program may have cut the file after these bytes were read.
   */
  addressIn(addresses: Addresses): Address | undefined {
    const known = this.#address
    if (known && known.length !== Infinity) return known
    const again = known && addresses.again(known)
    return (this.#address = again ?? addresses.ofHeld(this.#held, this.#place.noted, this.#cut) ?? known)
  }

  portion(cut: CutPortion, addresses: Addresses): Portion {
    return { ...cut, path: this.path, after: this.after, address: this.addressIn(addresses) }
  }
}
