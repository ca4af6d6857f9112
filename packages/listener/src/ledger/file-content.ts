/** What the records of a finished file are like, for readers that can leave it out. */
import { MAX_LINE_BYTES, NEWLINE } from '@pino-funnel/channel'
import type { FileContent } from '@pino-funnel/ledger'
import { constants, createReadStream } from 'node:fs'
import { endOfLine } from '../lines/each-line.ts'
import { levelOfLine, UNKNOWN_LEVEL } from '../lines/line-level.ts'
import { LineTimes } from '../lines/line-time.ts'
import { openTrusted } from '../log/open-trusted.ts'

/** The listener collects between two of them. */
const CHUNK_BYTES = 64 * 1024
/** Levels that are counted by themselves. pino has six. */
const MOST_LEVELS = 64
const TIME_KEY = Buffer.from('"time":')

/**
 * @param path - of a file that is not compressed
 * @throws FunnelError `FUNNEL_LOG_FILE_UNUSABLE` or the system's error; an `AbortError` when it is stopped
 */
export async function contentOf(path: string, signal: AbortSignal): Promise<FileContent> {
  const tally = new ContentTally()
  const file = createReadStream('', { fd: openTrusted(path, constants.O_RDONLY), highWaterMark: CHUNK_BYTES, signal })
  const begun = new BegunLine()
  for await (const chunk of file as AsyncIterable<Buffer>) {
    const end = chunk.indexOf(NEWLINE) + 1
    if (end === 0) {
      begun.add(chunk)
      continue
    }
    begun.add(chunk.subarray(0, end))
    begun.endIn(tally)
    const last = chunk.lastIndexOf(NEWLINE) + 1
    tally.add(chunk.subarray(end, last))
    begun.add(chunk.subarray(last))
  }
  begun.endIn(tally)
  return tally.content()
}

/** A line whose end was not read yet. One that is too long for a record is not kept. */
class BegunLine {
  #parts: Buffer[] = []
  #length = 0

  add(part: Buffer): void {
    this.#length += part.length
    if (this.#length <= MAX_LINE_BYTES) this.#parts.push(part)
    else this.#parts = []
  }

  endIn(tally: ContentTally): void {
    if (this.#length > MAX_LINE_BYTES) tally.addUnreadable()
    else tally.add(Buffer.concat(this.#parts))
    this.#parts = []
    this.#length = 0
  }
}

class ContentTally {
  readonly #levels = new Map<number, number>()
  readonly #times = new LineTimes()
  #first = Infinity
  #last = -Infinity
  #untimed = 0

  add(lines: Buffer): void {
    let next = lines.indexOf(TIME_KEY)
    for (let from = 0; from < lines.length;) {
      const end = endOfLine(lines, from)
      // With two of them, the record's own time may be another one than the first.
      let keys = 0
      for (; next !== -1 && next < end; next = lines.indexOf(TIME_KEY, next + TIME_KEY.length)) keys += 1
      this.#count(levelOfLine(lines, from, end))
      const time = this.#times.read(lines, from, end)
      if (Number.isNaN(time) || keys > 1) this.#untimed += 1
      else {
        if (time < this.#first) this.#first = time
        if (time > this.#last) this.#last = time
      }
      from = end
    }
  }

  addUnreadable(): void {
    this.#count(UNKNOWN_LEVEL)
    this.#untimed += 1
  }

  #count(level: number): void {
    const counted = this.#levels.has(level) || this.#levels.size < MOST_LEVELS ? level : UNKNOWN_LEVEL
    this.#levels.set(counted, (this.#levels.get(counted) ?? 0) + 1)
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
