/** A run of whole lines as it lies in one file of the log, and its lines. */
import { PROOF_BYTES } from '@pino-funnel/ledger'
import type { Address } from './addresses.ts'
import { formatCursor } from './cursor.ts'

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
  /** Where the file's bytes are in the log; `undefined` without a ledger. */
  readonly address: Address | undefined
}

/** One line of a log. */
export interface LogLine {
  /** Without the newline. */
  readonly bytes: Buffer
  readonly text: string
  /** The log, whatever its name: 32 hex digits. `undefined` when no ledger has the line. */
  readonly logId: string | undefined
  /**
   * Where the line begins in the log: bytes from its beginning, through all of its files. It is the same for each reader,
   * at any time, and grows from line to line. `undefined` when no ledger has the line.
   */
  readonly position: number | undefined
  /** Where the next line begins: the position after the newline. */
  readonly end: number | undefined
  /** `<log id>-<position>`: no other record has it. `undefined` when no ledger has the line. */
  readonly id: string | undefined
  /**
   * From where `readLog` goes on after this line, also when the file was rotated, compressed or moved meanwhile. It has
   * the position, and what proves it by content. It is a text without spaces.
   */
  readonly cursor: string
}

class PortionLine implements LogLine {
  readonly bytes: Buffer
  readonly #portion: Portion
  readonly #from: number
  readonly #end: number

  constructor(portion: Portion, from: number, end: number) {
    const hasNewline = portion.bytes[end - 1] === NEWLINE
    this.bytes = portion.bytes.subarray(from, hasNewline ? end - 1 : end)
    this.#portion = portion
    this.#from = from
    this.#end = end
  }

  get text(): string {
    return this.bytes.toString()
  }

  get logId(): string | undefined {
    return this.end === undefined ? undefined : this.#portion.address?.logId
  }

  get position(): number | undefined {
    return this.end === undefined ? undefined : positionIn(this.#portion, this.#from)
  }

  get end(): number | undefined {
    return positionIn(this.#portion, this.#end)
  }

  get id(): string | undefined {
    const { logId, position } = this
    return logId === undefined || position === undefined ? undefined : `${logId}-${position}`
  }

  get cursor(): string {
    return cursorIn(this.#portion, this.#end)
  }
}

/** @param at - offset in `bytes` */
function positionIn({ address, offset }: Portion, at: number): number | undefined {
  if (!address || offset + at > address.length) return undefined
  return address.file.base + offset + at
}

/** The cursor after a line of a portion. @param end - offset in `bytes` */
function cursorIn(portion: Portion, end: number): string {
  const { bytes, before, offset, after, address } = portion
  const here = bytes.subarray(Math.max(0, end - PROOF_BYTES), end)
  const missing = PROOF_BYTES - here.length
  const proven = missing === 0 ? here : Buffer.concat([before.subarray(Math.max(0, before.length - missing)), here])
  const position = positionIn(portion, end)
  const log = address && position !== undefined ? { id: address.logId, position } : undefined
  return formatCursor({ after, offset: offset + end, proven, log })
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
