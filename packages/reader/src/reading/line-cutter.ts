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

  /** @returns the whole lines; `undefined` when the bytes end none */
  push(bytes: Buffer): CutPortion | undefined {
    // A line that exceeds what pino-funnel writes is delivered in pieces: memory stays bounded.
    const isTooLong = this.#begunBytes + bytes.length > 2 * MAX_LINE_BYTES
    const end = isTooLong ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1
    if (end === 0) {
      this.#hold(bytes)
      return undefined
    }
    const whole =
      this.#begun.length === 0 ? bytes.subarray(0, end) : Buffer.concat([...this.#begun, bytes.subarray(0, end)])
    this.#drop()
    this.#hold(bytes.subarray(end))
    return this.#cut(whole)
  }

  /** Nothing comes after this: a last line has no newline. */
  finish(): CutPortion | undefined {
    const rest = Buffer.concat(this.#begun)
    this.#drop()
    return rest.length === 0 ? undefined : this.#cut(rest)
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#begun.push(bytes)
    this.#begunBytes += bytes.length
  }

  #drop(): void {
    this.#begun = []
    this.#begunBytes = 0
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
