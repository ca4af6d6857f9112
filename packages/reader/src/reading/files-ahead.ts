/**
 * Compressed files that are read before it is their turn. Decompression takes most of the time, and zlib has threads of its
 * own, so that several files are decompressed at once.
 */
import type * as Os from 'node:os'
import { openListed } from '../files/contents.ts'
import { OpenedFile, type Finds } from './opened-file.ts'
import type { FileOfLog } from './addresses.ts'

/** zlib and the file system share four threads, unless UV_THREADPOOL_SIZE says otherwise. */
const MOST_AT_ONCE = 4

export class FilesAhead {
  readonly #finds: Finds | undefined
  /** Beside the one whose turn it is. Without a search nothing is read ahead: all of it would have to be kept. */
  readonly #count: number
  /** By identity; `undefined` when the name of the file leads to another one by now. */
  readonly #opened = new Map<string, Promise<OpenedFile | undefined>>()

  /** @param finds - finds nothing in most of the log */
  constructor(finds: Finds | undefined) {
    this.#finds = finds
    this.#count = finds ? Math.max(1, Math.min(MOST_AT_ONCE, processors()) - 1) : 0
  }

  /** Begins with the next files. @param places - in their order */
  prepare(places: readonly FileOfLog[]): void {
    for (const place of places.slice(0, this.#count)) {
      const { compression, identity } = place.file
      if (compression === undefined || this.#opened.has(identity)) continue
      const opening = this.#open(place)
      this.#opened.set(identity, opening)
      // Its failure is that of its turn.
      opening.then(
        (file) => file?.readAhead(),
        () => {},
      )
    }
  }

  /** A file whose turn it is. @returns `undefined` when its name leads to another file by now. @throws the system's error */
  open(place: FileOfLog): Promise<OpenedFile | undefined> {
    const { identity } = place.file
    const opened = this.#opened.get(identity)
    this.#opened.delete(identity)
    return opened ?? this.#open(place)
  }

  async #open(place: FileOfLog): Promise<OpenedFile | undefined> {
    const contents = await openListed(place.file)
    return contents && new OpenedFile(place, contents, { finds: this.#finds })
  }

  async close(): Promise<void> {
    const files = await Promise.allSettled(this.#opened.values())
    this.#opened.clear()
    for (const file of files) if (file.status === 'fulfilled') await file.value?.close()
  }
}

/** A reader that does not search need not load the module. */
function processors(): number {
  const os: typeof Os = process.getBuiltinModule('node:os')
  return os.availableParallelism()
}
