/** What the records of a finished file are like, for readers that can leave it out. */
import type { FileContent } from '@pino-funnel/ledger'
import { constants, createReadStream } from 'node:fs'
import { endOfLine, NEWLINE } from '../lines/each-line.ts'
import { levelOfLine, UNKNOWN_LEVEL } from '../lines/line-level.ts'
import { LineTimes } from '../lines/line-time.ts'
import { openTrusted } from '../log/open-trusted.ts'

/** The listener collects between two of them. */
const CHUNK_BYTES = 64 * 1024

/**
 * @param path - of a file that is not compressed
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` or the system's error; an `AbortError` when it is stopped
 */
export async function contentOf(path: string, signal: AbortSignal): Promise<FileContent> {
  const tally = new ContentTally()
  const file = createReadStream('', { fd: openTrusted(path, constants.O_RDONLY), highWaterMark: CHUNK_BYTES, signal })
  let begun: Buffer = Buffer.alloc(0)
  for await (const chunk of file as AsyncIterable<Buffer>) {
    const bytes = begun.length === 0 ? chunk : Buffer.concat([begun, chunk])
    const end = bytes.lastIndexOf(NEWLINE) + 1
    tally.add(bytes.subarray(0, end))
    begun = bytes.subarray(end)
  }
  tally.add(begun)
  return tally.content()
}

class ContentTally {
  readonly #levels = new Map<number, number>()
  readonly #times = new LineTimes()
  #first = Infinity
  #last = -Infinity
  #untimed = 0

  add(lines: Buffer): void {
    for (let from = 0; from < lines.length;) {
      const end = endOfLine(lines, from)
      const level = levelOfLine(lines, from, end)
      this.#levels.set(level, (this.#levels.get(level) ?? 0) + 1)
      const time = this.#times.read(lines, from, end)
      if (Number.isNaN(time)) this.#untimed += 1
      else {
        if (time < this.#first) this.#first = time
        if (time > this.#last) this.#last = time
      }
      from = end
    }
  }

  content(): FileContent {
    const levels = [...this.#levels].map(
      ([level, count]) => [level === UNKNOWN_LEVEL ? 'other' : level, count] as const,
    )
    const isTimed = this.#first !== Infinity
    return {
      first: isTimed ? this.#first : null,
      last: isTimed ? this.#last : null,
      untimed: this.#untimed,
      levels: Object.fromEntries(levels),
    }
  }
}
