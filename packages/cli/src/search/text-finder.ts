/** Finds a text in the bytes of a log. */

/** `Buffer.indexOf` finds a text of up to 7 bytes by its first byte alone, and longer ones by tables, which takes longer. */
const PART_BYTES = 6
const SAMPLE_BYTES = 64 * 1024

/**
 * It searches for the part of the text that begins with the byte that is rarest in the log, and for the whole text where that
 * part is: several times as fast as searching for the text.
 */
export class TextFinder {
  readonly #text: Buffer
  #part: Buffer | undefined

  constructor(text: Buffer) {
    this.#text = text
  }

  isIn(bytes: Buffer): boolean {
    this.#part ??= rarestPart(this.#text, bytes.subarray(0, SAMPLE_BYTES))
    return bytes.includes(this.#part) && bytes.includes(this.#text)
  }
}

/** The part of a text whose first byte is the rarest in a sample. */
function rarestPart(text: Buffer, sample: Buffer): Buffer {
  const counts = new Uint32Array(256)
  for (const byte of sample) counts[byte] = (counts[byte] ?? 0) + 1
  const countAt = (index: number): number => counts[text[index] ?? 0] ?? 0
  let rarest = 0
  for (let index = 1; index <= text.length - PART_BYTES; index += 1) {
    if (countAt(index) < countAt(rarest)) rarest = index
  }
  return text.subarray(rarest, rarest + PART_BYTES)
}
