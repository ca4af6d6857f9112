/** The time of a line, found without parsing the line. */
import { recordTime } from '@pino-funnel/channel'

const KEY = Buffer.from('"time":')
/** pino writes the time as the second field. A time further back is not found. */
const SEARCHED_BYTES = 256
const QUOTE = 0x22
const ZERO = 0x30
const NINE = 0x39

/** Reads times, and remembers where the last one was: most lines of a logger have theirs at the same place. */
export class LineTimes {
  #place = 0
  #text = ''
  #textTime = NaN

  /** @returns milliseconds since the epoch; NaN when the line between the two offsets has none */
  read(bytes: Buffer, from: number, to: number): number {
    const place = this.#isAt(bytes, from + this.#place, to) ? this.#place : find(bytes, from, to)
    if (place === -1) return NaN
    this.#place = place
    const at = from + place + KEY.length
    return bytes[at] === QUOTE ? this.#readText(bytes, at + 1, to) : recordTime(readDigits(bytes, at, to))
  }

  #isAt(bytes: Buffer, at: number, to: number): boolean {
    if (at + KEY.length > to) return false
    for (let i = 0; i < KEY.length; i += 1) if (bytes[at + i] !== KEY[i]) return false
    return true
  }

  #readText(bytes: Buffer, from: number, to: number): number {
    const end = bytes.subarray(from, Math.min(to, from + SEARCHED_BYTES)).indexOf(QUOTE)
    if (end === -1) return NaN
    const text = bytes.toString('latin1', from, from + end)
    // Neighbours often have the same time.
    if (text !== this.#text) this.#textTime = recordTime(text)
    this.#text = text
    return this.#textTime
  }
}

function find(bytes: Buffer, from: number, to: number): number {
  return bytes.subarray(from, Math.min(to, from + SEARCHED_BYTES)).indexOf(KEY)
}

/** Fractions are ignored. */
function readDigits(bytes: Buffer, from: number, to: number): number {
  let value = 0
  let at = from
  for (; at < to; at += 1) {
    const digit = bytes[at] as number
    if (digit < ZERO || digit > NINE) break
    value = value * 10 + digit - ZERO
  }
  return at === from ? NaN : value
}
