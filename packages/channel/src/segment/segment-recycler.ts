import { join } from 'node:path'
import { renameSync, unlinkSync } from '../captured/fs.ts'
import { isThere, unlinkIfThere } from '../util/files.ts'
import { segmentFileName } from './segment-name.ts'

/** Drained segments kept for the writer to use again; more than one, so that it need not wait for the other. */
const SEGMENTS_RETURNED = 2

/**
 * The reader's side of recycling: gives up drained segments of one mailbox, oldest first. Mapped ones go back to the
 * writer under the name `.free`, as long as few of them wait there. The others are deleted.
 */
export class SegmentRecycler {
  readonly #mailbox: string
  #oldest: number
  #returned: number[] = []

  /** @param oldest - the sequence of the oldest segment that was not given up */
  constructor(mailbox: string, oldest: number) {
    this.#mailbox = mailbox
    this.#oldest = oldest
  }

  /** Gives up the segments before `sequence`: their lines are in the log and recorded as such. */
  retireBefore(sequence: number): void {
    for (; this.#oldest < sequence; this.#oldest += 1) {
      const plain = join(this.#mailbox, segmentFileName(this.#oldest, 'plain'))
      if (!this.#returnMapped(this.#oldest)) unlinkIfThere(plain)
    }
  }

  #returnMapped(sequence: number): boolean {
    const mapped = join(this.#mailbox, segmentFileName(sequence, 'mapped'))
    if (!isThere(mapped)) return false
    this.#returned = this.#returned.filter((old) => isThere(this.#free(old)))
    if (this.#returned.length < SEGMENTS_RETURNED) {
      renameSync(mapped, this.#free(sequence))
      this.#returned.push(sequence)
    } else {
      unlinkSync(mapped)
    }
    return true
  }

  #free(sequence: number): string {
    return join(this.#mailbox, segmentFileName(sequence, 'free'))
  }
}
