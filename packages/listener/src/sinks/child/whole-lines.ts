const NEWLINE = 0x0a

export interface Lines {
  readonly text: string
  readonly bytes: number
  readonly count: number
}

/** Makes whole lines of what comes in arbitrary pieces, so that no target sees a half one, or half a character. */
export class WholeLines {
  /** The beginning of a line, in pieces: joined once, since a line may have many. */
  #pieces: Buffer[] = []

  /** @returns the lines that are whole now */
  add(piece: Buffer): Lines | undefined {
    const end = piece.lastIndexOf(NEWLINE) + 1
    if (end === 0) {
      this.#pieces.push(piece)
      return undefined
    }
    const bytes = Buffer.concat([...this.#pieces, piece.subarray(0, end)])
    this.#pieces = end < piece.length ? [piece.subarray(end)] : []
    return { text: bytes.toString(), bytes: bytes.length, count: countLines(bytes) }
  }
}

function countLines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  return count
}
