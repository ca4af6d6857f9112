/**
 * Frames of RELP, the protocol of rsyslog that acknowledges each message:
 *
 *     <number> <command> <bytes of data>[ <data>]\n
 *
 * The client numbers its frames from 1 on. The server answers each with `rsp` and the same number; its data begins with a
 * status, `200` when it has the message.
 */
const NEWLINE = 0x0a
const SPACE = 0x20
/** Of an answer's head, and of its data: a server that sends more does not speak RELP. */
const MAX_HEAD_BYTES = 64
const MAX_DATA_BYTES = 64 * 1024

/** Numbers have nine digits. */
const LAST_NUMBER = 999_999_999

/** @returns the number of the frame after one; after the last one, 1 */
export function numberAfter(number: number): number {
  return number >= LAST_NUMBER ? 1 : number + 1
}

export interface Frame {
  readonly number: number
  readonly command: string
  readonly data: string
}

export function encodeFrame({ number, command, data }: Frame): Buffer {
  const bytes = Buffer.from(data)
  const head = `${number} ${command} ${bytes.length}`
  return bytes.length === 0 ? Buffer.from(`${head}\n`) : Buffer.concat([Buffer.from(`${head} `), bytes, LINE_END])
}

const LINE_END = Buffer.from([NEWLINE])

/** Makes frames of pieces that are cut anywhere. */
export class FrameDecoder {
  #rest: Buffer = Buffer.alloc(0)

  /** @throws Error for what is not a frame */
  add(piece: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, piece])
    const frames: Frame[] = []
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame)
    return frames
  }

  #next(): Frame | undefined {
    const head = /^(\d{1,9}) ([a-z]{1,32}) (\d{1,9})(?=[ \n])/.exec(this.#rest.toString('latin1', 0, MAX_HEAD_BYTES))
    const [text = '', number, command = '', digits] = head ?? []
    if (!head) {
      if (this.#rest.length < MAX_HEAD_BYTES && /^[\d a-z]*$/.test(this.#rest.toString('latin1'))) return undefined
      throw new Error(
        `The server does not speak RELP: ${JSON.stringify(this.#rest.toString('latin1', 0, MAX_HEAD_BYTES))}`,
      )
    }
    const length = Number(digits)
    if (length > MAX_DATA_BYTES) throw new Error(`The server sent a frame of ${length} bytes`)
    // Without data, the separator is left out.
    const begin = text.length + (this.#rest[text.length] === SPACE ? 1 : 0)
    const end = begin + length
    if (this.#rest.length <= end) return undefined
    if (this.#rest[end] !== NEWLINE) throw new Error('The server sent a frame without an end')
    const data = this.#rest.toString('utf8', begin, end)
    this.#rest = this.#rest.subarray(end + 1)
    return { number: Number(number), command, data }
  }
}
