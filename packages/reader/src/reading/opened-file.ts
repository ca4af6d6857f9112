/** A file of the log that is being read. */
import { PlainContents, type Contents } from '../files/contents.ts'
import type { ListedFile } from '../files/list-files.ts'
import { LineCutter, type CutPortion } from './line-cutter.ts'
import type { Portion } from './portion.ts'

export class OpenedFile {
  readonly path: string
  readonly contents: Contents
  /** The highest number of the files before this one. */
  readonly after: number
  /** Its number when it was opened; the live file has none. */
  readonly number: number | undefined
  /** When it was listed, ms since the epoch. */
  readonly modified: number
  /** It can't be read any further. */
  isDamaged = false
  #cutter: LineCutter

  /** @param before - the bytes before the offset at which reading begins */
  constructor(listed: ListedFile, after: number, contents: Contents, before?: Buffer) {
    this.path = listed.path
    this.number = listed.number
    this.modified = listed.modified
    this.after = after
    this.contents = contents
    this.#cutter = new LineCutter(contents.offset, before)
  }

  get cutter(): LineCutter {
    return this.#cutter
  }

  /** Reads it from the beginning again. */
  restart(): void {
    if (this.contents instanceof PlainContents) this.contents.seek(0, Buffer.alloc(0))
    this.#cutter = new LineCutter(0)
  }

  portion(cut: CutPortion): Portion {
    return { ...cut, path: this.path, after: this.after }
  }
}
