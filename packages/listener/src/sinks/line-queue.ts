/**
 * Lines that wait for a sink, and lines that were sent to it and are not confirmed: a queue of bounded memory.
 *
 *     appended ≥ sent ≥ confirmed: three positions that only grow
 *
 *     ┌──────────── block ───────────┐┌──────────── block ───────────┐
 *      confirmed │ sent, in flight    │ in flight │ waiting │  free
 *
 * Lines are copied into blocks. A line is never split between two blocks, so that each send ends with a whole line.
 */

/** Size of a block, unless a line is longer. A block is the most that is sent at once. */
const BLOCK_BYTES = 64 * 1024
/** Empty blocks that are kept for the next lines: enough for a sink that keeps up. */
const SPARE_BLOCKS = 4

interface Block {
  readonly bytes: Buffer
  appended: number
  sent: number
  confirmed: number
}

export class LineQueue {
  readonly #maxBytes: number
  /** Oldest first. */
  #blocks: Block[] = []
  #spare: Buffer[] = []
  #allocated = 0
  #waiting = 0
  #inFlight = 0

  /** @param maxBytes - memory for lines, not counting the empty blocks that are kept */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes that were appended, and not sent. */
  get waiting(): number {
    return this.#waiting
  }

  /** Bytes that were sent, and not confirmed. */
  get inFlight(): number {
    return this.#inFlight
  }

  get isEmpty(): boolean {
    return this.#waiting + this.#inFlight === 0
  }

  /** Bytes of memory in use. */
  get allocated(): number {
    return this.#allocated
  }

  /** Bytes that can be appended at once. */
  get space(): number {
    const last = this.#blocks.at(-1)
    return last ? last.bytes.length - last.appended : 0
  }

  /** Makes space for `length` bytes in one block. @returns whether that was possible */
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

  /** Appends whole lines. The caller has made sure that there is space. */
  append(lines: Buffer, from: number, to: number): void {
    const block = this.#blocks.at(-1)
    if (!block || from === to) return
    lines.copy(block.bytes, block.appended, from, to)
    block.appended += to - from
    this.#waiting += to - from
  }

  /** Takes the lines to send next; `undefined` when none wait. The bytes don't change before they are confirmed. */
  next(): Buffer | undefined {
    const block = this.#blocks.find(({ appended, sent }) => sent < appended)
    if (!block) return undefined
    const bytes = block.bytes.subarray(block.sent, block.appended)
    block.sent = block.appended
    this.#waiting -= bytes.length
    this.#inFlight += bytes.length
    return bytes
  }

  /** The sink has taken this many more bytes, up to the end of a line. Their memory becomes free. */
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

  /**
   * Gives up the lines in flight, because their receiver has ended. @param visit - gets them, in pieces of whole lines
   */
  forfeit(visit: (lines: Buffer) => void): void {
    for (const block of this.#blocks) {
      if (block.sent > block.confirmed) visit(block.bytes.subarray(block.confirmed, block.sent))
      block.confirmed = block.sent
    }
    this.#inFlight = 0
    // A write from these blocks may still be under way, so that they must not be reused.
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
    // The system has no memory left: for a sink that is the same as a full queue.
    return undefined
  }
}
