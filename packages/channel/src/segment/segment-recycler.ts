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
  /** No segment from here on was to be given up yet. */
  #next: number
  /** Those that are to be given up. */
  readonly #due = new Set<number>()
  #returned: number[] = []

  /** @param oldest - the sequence of the oldest segment that was not given up */
  constructor(mailbox: string, oldest: number) {
    this.#mailbox = mailbox
    this.#next = oldest
  }

  /**
   * Gives up the segments before `sequence`: their lines are in the log and recorded as such.
   *
   * @throws the system's error when one can't be given up; the others are by then, and the next call tries again
   */
  retireBefore(sequence: number): void {
    for (; this.#next < sequence; this.#next += 1) this.#due.add(this.#next)
    const failures: unknown[] = []
    for (const due of this.#due) {
      try {
        this.#retire(due)
        this.#due.delete(due)
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  #retire(sequence: number): void {
    if (!this.#returnMapped(sequence)) unlinkIfThere(join(this.#mailbox, segmentFileName(sequence, 'plain')))
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
