/** The portions of a log from the last one back, for the last lines of a log. */
import { openContents, PlainContents } from '../files/contents.ts'
import { lastLineEnd } from './last-line-end.ts'
import { placesOf, type Place } from './places.ts'
import { PROOF_BYTES, type Portion } from './portion.ts'

const NEWLINE = 0x0a
const BLOCK_BYTES = 64 * 1024
/** Of a compressed file, so many bytes are kept; it is decompressed once for each. */
const KEPT_BYTES = 32 * 1024 * 1024

/** Reads a part of a file. */
type Read = (from: number, to: number) => Promise<Buffer>

/** @param log - absolute path of the live file */
export async function* portionsBackwards(log: string): AsyncGenerator<Portion, void, void> {
  for (const place of (await placesOf(log)).toReversed()) yield* portionsOf(place, place.file.path === log)
}

async function* portionsOf(place: Place, isLive: boolean): AsyncGenerator<Portion, void, void> {
  const { path, compression } = place.file
  const contents = await openContents(path, compression)
  try {
    // The last line of a file that is finished needs no newline.
    const { end } = await lastLineEnd(contents)
    if (contents instanceof PlainContents) {
      const size = isLive ? end : await contents.size()
      yield* backwards(place, size, BLOCK_BYTES, (from, to) => contents.at(from, to - from))
    } else {
      yield* backwards(place, contents.offset, KEPT_BYTES, (from, to) => decompressed(place, from, to))
    }
  } finally {
    await contents.close()
  }
}

async function decompressed({ file: { path, compression } }: Place, from: number, to: number): Promise<Buffer> {
  const contents = await openContents(path, compression, from)
  try {
    return await contents.take(to - from)
  } finally {
    await contents.close()
  }
}

async function* backwards(
  { file: { path }, after }: Place,
  size: number,
  block: number,
  read: Read,
): AsyncGenerator<Portion, void, void> {
  for (let end = size, length = block; end > 0;) {
    const from = Math.max(0, end - length)
    // What lies before the block proves the positions of its first lines.
    const first = Math.max(0, from - PROOF_BYTES)
    const bytes = await read(first, end)
    // The first line has begun before the block, unless the file has begun there.
    const start = from === 0 ? 0 : bytes.indexOf(NEWLINE, from - first) + 1
    if (from > 0 && (start === 0 || start === bytes.length)) {
      length *= 2
      continue
    }
    const before = bytes.subarray(Math.max(0, start - PROOF_BYTES), start)
    yield { bytes: bytes.subarray(start), offset: first + start, before, path, after }
    end = first + start
    length = block
  }
}
