/** A file of the log that is being read. */
import { PlainContents, type Contents } from '../files/contents.ts'
import type { ListedFile } from '../files/list-files.ts'
import type { Address, Addresses } from './addresses.ts'
import { LineCutter, type CutPortion } from './line-cutter.ts'
import type { Portion } from './portion.ts'

export class OpenedFile {
  readonly contents: Contents
  /** The highest number of the files before this one. */
  readonly after: number
  /** Its number when it was opened; the live file has none. */
  readonly number: number | undefined
  readonly #listed: ListedFile
  #address: Address | undefined
  /** Number of the file in the ledger whose contents were cut. */
  #cut = 0
  /** It can't be read any further. */
  isDamaged = false
  #cutter: LineCutter

  /** @param before - the bytes before the offset at which reading begins */
  constructor(listed: ListedFile, after: number, contents: Contents, before?: Buffer) {
    this.#listed = listed
    this.number = listed.number
    this.after = after
    this.contents = contents
    this.#cutter = new LineCutter(contents.offset, before)
  }

  /** When it was opened. */
  get path(): string {
    return this.#listed.path
  }

  /** When it was listed, ms since the epoch. */
  get modified(): number {
    return this.#listed.modified
  }

  get cutter(): LineCutter {
    return this.#cutter
  }

  /** Reads it from the beginning again. */
  restart(): void {
    if (this.contents instanceof PlainContents) this.contents.seek(0, Buffer.alloc(0))
    this.#cutter = new LineCutter(0)
    this.#cut = this.#address?.file.file ?? 0
    this.#address = undefined
  }

  /** Where its bytes are in the log; `undefined` when the ledger does not have it. */
  addressIn(addresses: Addresses): Address | undefined {
    if (!this.#address || this.#address.length === Infinity) {
      this.#address = addresses.of(this.#listed, this.#cut) ?? this.#address
    }
    return this.#address
  }

  portion(cut: CutPortion, addresses: Addresses): Portion {
    return { ...cut, path: this.path, after: this.after, address: this.addressIn(addresses) }
  }
}
