import { countNewlines, NEWLINE } from '@pino-funnel/channel'

export interface Lines {
  readonly text: string
  readonly bytes: number
  readonly count: number
}

/** Makes whole lines of pieces that are cut anywhere, so that no target sees half a line, or half a character. */
export class WholeLines {
  /** The beginning of a line, in pieces. They are joined once, because a long line comes in many. */
  #pieces: Buffer[] = []

  /** @returns the lines that this piece completes */
  add(piece: Buffer): Lines | undefined {
    const end = piece.lastIndexOf(NEWLINE) + 1
    if (end === 0) {
      this.#pieces.push(piece)
      return undefined
    }
    const bytes = Buffer.concat([...this.#pieces, piece.subarray(0, end)])
    this.#pieces = end < piece.length ? [piece.subarray(end)] : []
    return { text: bytes.toString(), bytes: bytes.length, count: countNewlines(bytes) }
  }
}
