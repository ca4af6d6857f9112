import { createReadStream } from 'node:fs'

export interface NumberedLine {
  /** Without the newline. */
  readonly text: string
  /** Counts from 1, as editors do. */
  readonly number: number
  /** `false` for a last line without its newline. */
  readonly whole: boolean
}

const CHUNK_BYTES = 1024 * 1024
const NEWLINE = 10

/** The lines of a file of any size, in one batch per chunk: an `await` per line would take most of the time. */
export async function* linesOf(file: string): AsyncGenerator<NumberedLine[]> {
  let rest: Buffer = Buffer.alloc(0)
  let number = 0
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = bytes.lastIndexOf(NEWLINE) + 1
    rest = bytes.subarray(end)
    if (end === 0) continue
    const texts = bytes.toString('utf8', 0, end - 1).split('\n')
    yield texts.map((text) => ({ text, number: ++number, whole: true }))
  }
  if (rest.length > 0) yield [{ text: rest.toString('utf8'), number: number + 1, whole: false }]
}
