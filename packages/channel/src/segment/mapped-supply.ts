/**
 * Where the mapped segments of one mailbox come from: those that the reader has returned are used again, otherwise a new
 * one is made. Fresh pages cost more than the copies into them.
 *
 * The next segment is made ready while the current one is filled: each stretch of that pays for its part of the zeros.
 * The log call that moves on then only renames a file.
 */
import { MappedSegment, STRETCHES } from './mapped-segment.ts'
import type { Segment } from './segment.ts'
import { createMappedSegment, SegmentDraft } from './segment-draft.ts'

/** Stretches between two checks whether the reader has returned or deleted a segment: each is a system call or two. */
const CHECKED_EACH = 8

export class MappedSupply {
  readonly #mailbox: string
  /** Segments that the chain has left behind, oldest first: the reader still holds them, or has returned them. */
  readonly #left: MappedSegment[] = []
  /** The last check has found a deleted one, so that each stretch checks until there is none. */
  #isShrinking = false
  /** `refused` until the chain moves on: the system has no room for it, or the quota has none. */
  #next: SegmentDraft | 'refused' | undefined

  constructor(mailbox: string) {
    this.#mailbox = mailbox
  }

  /**
   * Does a part of the next segment. Waits for one that the reader returns until half of the current segment is used.
   * Never throws.
   *
   * @param size - bytes that the next segment should have
   * @param stretchesLeft - of the current segment, the one that begins included
   * @param mayGrow - whether the mailbox may have a new file of this size
   */
  prepare(size: number, stretchesLeft: number, mayGrow: () => boolean): void {
    const isDue = stretchesLeft % CHECKED_EACH === 0
    if (isDue || this.#isShrinking) this.#isShrinking = this.#letGoOfDeleted()
    if (this.#next === 'refused') return
    try {
      if (this.#next === undefined && isDue) this.#next = this.#returned(size)
      if (this.#next === undefined && stretchesLeft <= STRETCHES / 2) {
        this.#next = mayGrow() ? SegmentDraft.begin(this.#mailbox, size) : 'refused'
      }
      if (this.#next instanceof SegmentDraft) this.#next.clear(1 / stretchesLeft)
    } catch {
      const failed = this.#next
      this.#next = 'refused'
      if (failed instanceof SegmentDraft) failed.discard()
    }
  }

  /**
   * The next segment, in its place in the chain.
   *
   * @param size - bytes that it has at least
   * @throws the system's error when there is no room, or FunnelError `FUNNEL_MAPPING_UNAVAILABLE`
   */
  take(sequence: number, size: number): MappedSegment {
    const ready = this.#next
    this.#next = undefined
    if (ready instanceof SegmentDraft) {
      const segment = ready.size >= size ? finish(ready, sequence) : ready.discard()
      if (segment) return segment
    }
    return finish(this.#returned(size), sequence) ?? createMappedSegment(this.#mailbox, sequence, size)
  }

  /**
   * Ends a segment that the chain has left behind, and lets go of it. A mapped one is kept until the reader returns it.
   *
   * @returns the segment when it was lost
   */
  leave(segment: Segment): MappedSegment | undefined {
    segment.markEnd()
    const isMapped = segment instanceof MappedSegment
    if (isMapped && !segment.isLost && !segment.wasCut()) this.#left.push(segment)
    else {
      segment.close()
      if (isMapped) return segment
    }
    return undefined
  }

  /**
   * The reader returns segments in the order of the chain, so only the oldest one is checked. One at a time is let go of:
   * after a burst there may be many.
   */
  #returned(size: number): SegmentDraft | undefined {
    const [oldest] = this.#left
    const ownership = oldest?.ownership()
    if (!oldest || ownership === 'held') return undefined
    this.#left.shift()
    if (ownership === 'returned' && oldest.size >= size) return SegmentDraft.reuse(this.#mailbox, oldest)
    if (ownership === 'returned') oldest.discard()
    else oldest.close()
    return undefined
  }

  /**
   * Lets go of one segment that the reader has deleted, so that its blocks are free. Few returned ones come before it,
   * and at most one that the reader can't delete.
   *
   * @returns whether there was one
   */
  #letGoOfDeleted(): boolean {
    let held = 0
    for (const [at, segment] of this.#left.entries()) {
      const ownership = segment.ownership()
      if (ownership === 'held' && (held += 1) > 1) return false
      if (ownership === 'deleted') {
        this.#left.splice(at, 1)
        segment.close()
        return true
      }
    }
    return false
  }

  /** Lets go of all memory. The files stay, and go with the mailbox. */
  close(): void {
    for (const segment of this.#left.splice(0)) segment.close()
    if (this.#next instanceof SegmentDraft) this.#next.close()
    this.#next = undefined
  }
}

/** @returns `undefined` when it can't be finished, as when another program has deleted its file; then it is discarded */
function finish(draft: SegmentDraft | undefined, sequence: number): MappedSegment | undefined {
  try {
    return draft?.finish(sequence)
  } catch {
    return undefined
  }
}
