/**
 * Lines that wait for a sink, and those it was given and has not confirmed: a queue of bounded memory.
 *
 *     appended ≥ sent ≥ confirmed: three positions that only grow
 *
 *     ┌──────────── block ───────────┐┌──────────── block ───────────┐
 *      confirmed │ sent, in flight    │ in flight │ waiting │  free
 *
 * Lines are copied into blocks, and never split between two, so that what is sent always ends with a line.
 */

/** A block, and so the most that is sent at once, unless a line is longer. */
const BLOCK_BYTES = 64 * 1024
/** Emptied blocks kept for the next lines: enough for a sink that keeps up. */
const SPARE_BLOCKS = 4

interface Block {
  readonly bytes: Buffer
  appended: number
  sent: number
  confirmed: number
}

export class LineQueue {
  readonly #maxBytes: number
  /** The oldest first. */
  #blocks: Block[] = []
  #spare: Buffer[] = []
  #allocated = 0
  #waiting = 0
  #inFlight = 0

  /** @param maxBytes - memory it may use for lines, not counting a few blocks kept for reuse */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes that were appended and not sent. */
  get waiting(): number {
    return this.#waiting
  }

  /** Bytes that were sent and not confirmed. */
  get inFlight(): number {
    return this.#inFlight
  }

  get isEmpty(): boolean {
    return this.#waiting + this.#inFlight === 0
  }

  /** Memory in use. */
  get allocated(): number {
    return this.#allocated
  }

  /** Bytes that can be appended at once. */
  get space(): number {
    const last = this.#blocks.at(-1)
    return last ? last.bytes.length - last.appended : 0
  }

  /** Makes space for that many bytes in one piece. @returns whether that was possible */
  makeRoom(length: number): boolean {
    if (length <= this.space) return true
    const size = Math.max(BLOCK_BYTES, length)
    if (this.#allocated + size > this.#maxBytes) return false
    const bytes = (size === BLOCK_BYTES ? this.#spare.pop() : undefined) ?? allocate(size)
    if (!bytes) return false
    this.#blocks.push({ bytes, appended: 0, sent: 0, confirmed: 0 })
    this.#allocated += size
    return true
  }

  /** Appends whole lines, for which there is space. */
  append(lines: Buffer, from: number, to: number): void {
    const block = this.#blocks.at(-1)
    if (!block || from === to) return
    lines.copy(block.bytes, block.appended, from, to)
    block.appended += to - from
    this.#waiting += to - from
  }

  /** Takes what is to be sent next; `undefined` when nothing waits. The bytes stay as they are until confirmed. */
  next(): Buffer | undefined {
    const block = this.#blocks.find(({ appended, sent }) => sent < appended)
    if (!block) return undefined
    const bytes = block.bytes.subarray(block.sent, block.appended)
    block.sent = block.appended
    this.#waiting -= bytes.length
    this.#inFlight += bytes.length
    return bytes
  }

  /** So many more bytes, at the end of a line, have arrived: their memory is free again. */
  confirm(bytes: number): void {
    let left = Math.min(bytes, this.#inFlight)
    this.#inFlight -= left
    for (const block of this.#blocks) {
      const here = Math.min(left, block.sent - block.confirmed)
      block.confirmed += here
      left -= here
      if (left === 0) break
    }
    this.#release(true)
  }

  /** Gives up what is in flight, because its receiver is gone. @param visit - gets it, in pieces of whole lines */
  forfeit(visit: (lines: Buffer) => void): void {
    for (const block of this.#blocks) {
      if (block.sent > block.confirmed) visit(block.bytes.subarray(block.confirmed, block.sent))
      block.confirmed = block.sent
    }
    this.#inFlight = 0
    // A write may still be under way from these blocks, so that they must not be used again.
    this.#release(false)
  }

  #release(reusable: boolean): void {
    const kept = this.#blocks.findIndex(({ confirmed, appended }) => confirmed < appended)
    const done = kept === -1 ? this.#blocks.splice(0) : this.#blocks.splice(0, kept)
    for (const { bytes } of done) {
      this.#allocated -= bytes.length
      if (reusable && bytes.length === BLOCK_BYTES && this.#spare.length < SPARE_BLOCKS) this.#spare.push(bytes)
    }
  }
}

function allocate(size: number): Buffer | undefined {
  try {
    return Buffer.allocUnsafeSlow(size)
  } catch {
    // The system has no more memory: for a sink that is the same as a queue that is full.
    return undefined
  }
}
