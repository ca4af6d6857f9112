/** The portions of a log from the last one back, for the last lines of a log. */
import { FunnelError } from '@pino-funnel/channel'
import { CompressedContents, isDamaged, openListed, PlainContents, type Contents } from '../files/contents.ts'
import { Addresses, type Place } from './addresses.ts'
import { lastLineEnd } from '../files/last-line-end.ts'
import { placesOf } from './places.ts'
import type { Portion } from './portion.ts'
import { PROOF_BYTES } from '@pino-funnel/ledger'

const NEWLINE = 0x0a
const BLOCK_BYTES = 64 * 1024
/** Of a compressed file, so many bytes are kept; it is decompressed once for each. */
const KEPT_BYTES = 32 * 1024 * 1024

/** Reads a part of a file. */
type Read = (from: number, to: number) => Promise<Buffer>

export interface BackwardsOptions {
  /** Where the log's channel is. @defaultValue `.pino-funnel` in the log directory */
  readonly channelDir?: string
  /** Called when a compressed file is damaged, which is left out then. Without it, the reader throws the gap. */
  readonly onGap?: (gap: FunnelError) => void
}

/**
 * A file that has another name when it is opened is searched again: then the files are listed once more.
 *
 * @param log - absolute path of the live file
 */
export async function* portionsBackwards(
  log: string,
  { channelDir, onGap = raise }: BackwardsOptions = {},
): AsyncGenerator<Portion, void, void> {
  const addresses = new Addresses(log, channelDir)
  let last: Place | undefined
  for (let isOver = false; !isOver;) {
    const places = (await placesOf(log, addresses)).filter((place) => !last || isOlder(place, last, log))
    isOver = true
    for (const place of places.toReversed()) {
      const contents = await openListed(place.file)
      if (!contents) {
        isOver = false
        break
      }
      last = place
      try {
        yield* portionsOf(place, contents, place.file.path === log)
      } catch (error) {
        if (!isDamaged(error)) throw error
        onGap(damaged(place.file.path))
      } finally {
        await contents.close()
      }
    }
  }
}

function damaged(path: string): FunnelError {
  return new FunnelError(
    'FUNNEL_LOG_GAP',
    `${path} is damaged: it can't be decompressed to its end. It is left out; reading goes on with the file before it.`,
  )
}

/** Whether a file comes before one that was read, which may have another name by now. */
function isOlder({ file, address }: Place, { file: read, after, address: last }: Place, log: string): boolean {
  if (file.path === log) return false
  if (last) return address === undefined || address.file.file < last.file.file
  if (file.number !== undefined) return file.number <= after
  return read.number !== undefined || file.modified < read.modified
}

function raise(gap: FunnelError): never {
  throw gap
}

async function* portionsOf(place: Place, contents: Contents, isLive: boolean): AsyncGenerator<Portion, void, void> {
  // The last line of a file that is finished needs no newline.
  const { end } = await lastLineEnd(contents)
  if (contents instanceof PlainContents) {
    const size = isLive ? end : await contents.size()
    yield* backwards(place, size, BLOCK_BYTES, (from, to) => contents.at(from, to - from))
  } else if (contents instanceof CompressedContents) {
    yield* backwards(place, contents.offset, KEPT_BYTES, async (from, to) => {
      await contents.seek(from)
      return contents.take(to - from)
    })
  }
}

async function* backwards(
  { file: { path }, after, address }: Place,
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
    yield { bytes: bytes.subarray(start), offset: first + start, before, path, after, address }
    end = first + start
    length = block
  }
}
