/** Cuts the bytes of a file into portions of whole lines. */
import { MAX_LINE_BYTES } from '@pino-funnel/channel'
import { PROOF_BYTES } from '@pino-funnel/ledger'

const NEWLINE = 0x0a

export interface CutPortion {
  readonly bytes: Buffer
  readonly offset: number
  readonly before: Buffer
}

export class LineCutter {
  /** The beginning of a line whose end is still to come. */
  #begun: Buffer[] = []
  #begunBytes = 0
  /** Offset of what comes next. */
  #offset: number
  #before: Buffer

  /** @param before - the bytes before the offset, for proofs */
  constructor(offset: number, before: Buffer = Buffer.alloc(0)) {
    this.#offset = offset
    this.#before = before
  }

  /** The end of the whole lines so far, in the file. */
  get offset(): number {
    return this.#offset
  }

  /** The last bytes before `offset`. */
  get before(): Buffer {
    return this.#before
  }

  /** Bytes of a line without an end. */
  get begunBytes(): number {
    return this.#begunBytes
  }

  /**
   * A line that began in earlier bytes comes apart from the lines after it: to join them would copy all bytes.
   *
   * @param bytes - may be overwritten when the portions are no longer needed
   * @returns the whole lines; none when the bytes end no line
   */
  push(bytes: Buffer): CutPortion[] {
    const end = bytes.lastIndexOf(NEWLINE) + 1
    const begunEnd = this.#begunBytes > 0 && end > 0 ? bytes.indexOf(NEWLINE) + 1 : 0
    const cuts: CutPortion[] = []
    if (begunEnd > 0) cuts.push(this.#cut(Buffer.concat([...this.#drop(), bytes.subarray(0, begunEnd)])))
    if (end > begunEnd) cuts.push(this.#cut(bytes.subarray(begunEnd, end)))
    this.#hold(bytes.subarray(end))
    // A line that exceeds what pino-funnel writes is delivered in pieces: memory stays bounded.
    const piece = this.#begunBytes > 2 * MAX_LINE_BYTES ? this.finish() : undefined
    return piece ? [...cuts, piece] : cuts
  }

  /** Nothing comes after this: a last line has no newline. */
  finish(): CutPortion | undefined {
    const rest = Buffer.concat(this.#drop())
    return rest.length === 0 ? undefined : this.#cut(rest)
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#begun.push(Buffer.from(bytes))
    this.#begunBytes += bytes.length
  }

  #drop(): Buffer[] {
    const begun = this.#begun
    this.#begun = []
    this.#begunBytes = 0
    return begun
  }

  #cut(bytes: Buffer): CutPortion {
    const portion = { bytes, offset: this.#offset, before: this.#before }
    this.#offset += bytes.length
    // A copy: the portion itself is to be freed.
    this.#before =
      bytes.length >= PROOF_BYTES
        ? Buffer.from(bytes.subarray(bytes.length - PROOF_BYTES))
        : Buffer.concat([this.#before, bytes]).subarray(-PROOF_BYTES)
    return portion
  }
}
