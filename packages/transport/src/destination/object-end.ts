/**
 * Finds the end of a JSON object in text that comes in pieces, and reads each piece once. Whether what it has found is
 * JSON is for JSON.parse to say.
 */
export class ObjectEnd {
  #depth = 0
  #state: 'outside' | 'in a string' | 'behind a backslash' = 'outside'

  /** @returns the index behind the object's last brace, `undefined` when the object goes on in the next piece */
  find(piece: string): number | undefined {
    for (let index = 0; index < piece.length; index += 1) {
      this.#pass(piece.charCodeAt(index))
      if (this.#depth === 0) return index + 1
    }
    return undefined
  }

  #pass(character: number): void {
    if (this.#state === 'behind a backslash') this.#state = 'in a string'
    else if (this.#state === 'in a string') {
      if (character === BACKSLASH) this.#state = 'behind a backslash'
      else if (character === QUOTE) this.#state = 'outside'
    } else if (character === QUOTE) this.#state = 'in a string'
    else if (character === OPENING) this.#depth += 1
    else if (character === CLOSING) this.#depth -= 1
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING = 0x7b
const CLOSING = 0x7d
