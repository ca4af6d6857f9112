/** A run of whole lines as it lies in one file of the log, and its lines. */
import { formatPosition } from './position.ts'

/** A position is proven by the bytes before it, this many. */
export const PROOF_BYTES = 512
const NEWLINE = 0x0a

export interface Portion {
  /** Whole lines, each with its newline. Only the last line of a file may have none. */
  readonly bytes: Buffer
  /** Offset of `bytes` in the file, not compressed. */
  readonly offset: number
  /** What lies before `bytes` in the file, {@link PROOF_BYTES} at most. */
  readonly before: Buffer
  /** Path of the file when it was opened. */
  readonly path: string
  /** The highest number of the files that come before this one. */
  readonly after: number
}

/** One line of a log. */
export interface LogLine {
  /** Without the newline. */
  readonly bytes: Buffer
  readonly text: string
  /**
   * Where the next line begins. `readLog` goes on from there, also when the file was rotated, compressed or moved
   * meanwhile. It is a text without spaces.
   */
  readonly position: string
}

class PortionLine implements LogLine {
  readonly bytes: Buffer
  readonly #portion: Portion
  readonly #end: number

  constructor(portion: Portion, from: number, end: number) {
    const hasNewline = portion.bytes[end - 1] === NEWLINE
    this.bytes = portion.bytes.subarray(from, hasNewline ? end - 1 : end)
    this.#portion = portion
    this.#end = end
  }

  get text(): string {
    return this.bytes.toString()
  }

  get position(): string {
    return positionIn(this.#portion, this.#end)
  }
}

/** The position after a line of a portion. @param end - offset in `bytes` */
function positionIn({ bytes, before, offset, after }: Portion, end: number): string {
  const here = bytes.subarray(Math.max(0, end - PROOF_BYTES), end)
  const missing = PROOF_BYTES - here.length
  const proven = missing === 0 ? here : Buffer.concat([before.subarray(Math.max(0, before.length - missing)), here])
  return formatPosition({ after, offset: offset + end, proven })
}

export function* linesOf(portion: Portion): Generator<LogLine, void, void> {
  const { bytes } = portion
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, from) + 1 || bytes.length
    yield new PortionLine(portion, from, end)
    from = end
  }
}

/** The same, the last line first. */
export function* linesBackwards(portion: Portion): Generator<LogLine, void, void> {
  const { bytes } = portion
  for (let end = bytes.length; end > 0;) {
    // lastIndexOf counts a negative offset from the end.
    const from = end === 1 ? 0 : bytes.lastIndexOf(NEWLINE, end - 2) + 1
    yield new PortionLine(portion, from, end)
    end = from
  }
}
