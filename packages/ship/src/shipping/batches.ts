/** From portions of the log, as they lie in its files, to batches, as an engine takes them. */
import type { Batch } from '../engine/engine.ts'
import type { SourcePortion } from '../source/log-source.ts'

const NEWLINE = 0x0a

export interface Batching {
  /** Bytes of a batch, unless one line alone has more. */
  readonly size: number
  /** Ms that a batch waits for more lines, from its first one on; the first batch does not wait. */
  readonly wait: number
}

/**
 * Batches of consecutive bytes. A batch ends before a gap, and after a line without a newline. The first batch does not
 * wait: its lines may be as old as the failure of the engine, or the death of another shipper.
 */
export async function* batchesOf(
  portions: AsyncIterable<SourcePortion>,
  { size, wait }: Batching,
): AsyncGenerator<Batch, void, void> {
  const iterator = portions[Symbol.asyncIterator]()
  let gathered: SourcePortion[] = []
  let bytes = 0
  let deadline: Deadline | undefined
  let isFirst = true
  const take = (): Batch => {
    const batch = joined(gathered)
    gathered = []
    bytes = 0
    isFirst = false
    deadline?.clear()
    deadline = undefined
    return batch
  }
  let next = iterator.next()
  try {
    for (;;) {
      const result = await (deadline ? Promise.race([next, deadline.over]) : next)
      if (result === undefined) {
        yield take()
        continue
      }
      if (result.done === true) break
      next = iterator.next()
      // Its failure is that of the next turn.
      next.catch(() => {})
      for (const piece of piecesOf(result.value, size)) {
        const before = gathered.at(-1)
        if (before && (bytes + piece.bytes.length > size || !continues(before, piece))) yield take()
        gathered.push(piece)
        deadline ??= new Deadline(isFirst ? 0 : wait)
        bytes += piece.bytes.length
      }
      if (bytes >= size) yield take()
    }
    if (gathered.length > 0) yield take()
  } finally {
    deadline?.clear()
    // This closes the files of the source. It is not awaited: a follower may wait for its next record.
    void iterator.return?.().catch(() => {})
  }
}

/** Cuts a batch in two, between lines. Each half has a line at least; the batch must have two. */
export function halvesOf({ from, to, bytes, records }: Batch): [Batch, Batch] {
  let at = 0
  const half = Math.floor(records / 2)
  for (let line = 0; line < half; line++) at = bytes.indexOf(NEWLINE, at) + 1
  return [
    { from, to: from + at, bytes: bytes.subarray(0, at), records: half },
    { from: from + at, to, bytes: bytes.subarray(at), records: records - half },
  ]
}

function countLines(bytes: Buffer): number {
  let count = 0
  for (let at = 0; at < bytes.length; count++) at = bytes.indexOf(NEWLINE, at) + 1 || bytes.length
  return count
}

function continues(before: SourcePortion, piece: SourcePortion): boolean {
  return before.from + before.bytes.length === piece.from && before.bytes.at(-1) === NEWLINE
}

function joined(pieces: readonly SourcePortion[]): Batch {
  const [first] = pieces
  if (!first) throw new RangeError('A batch has one piece at least')
  const bytes = pieces.length === 1 ? first.bytes : Buffer.concat(pieces.map((piece) => piece.bytes))
  return { from: first.from, to: first.from + bytes.length, bytes, records: countLines(bytes) }
}

/** As many whole lines as fit, again and again. */
function* piecesOf({ from, bytes }: SourcePortion, size: number): Generator<SourcePortion, void, void> {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.length - at <= size ? bytes.length : lastLineEnd(bytes, at, size)
    yield { from: from + at, bytes: bytes.subarray(at, end) }
    at = end
  }
}

function lastLineEnd(bytes: Buffer, at: number, size: number): number {
  const last = bytes.lastIndexOf(NEWLINE, at + size - 1)
  return last >= at ? last + 1 : bytes.indexOf(NEWLINE, at) + 1 || bytes.length
}

class Deadline {
  /** Fulfilled when the time is over. */
  readonly over: Promise<void>
  #timer: NodeJS.Timeout | undefined

  constructor(ms: number) {
    this.over = new Promise((resolve) => (this.#timer = setTimeout(resolve, ms)))
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
