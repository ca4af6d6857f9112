/** The portions of a log from the last one back, for the last lines of a log. */
import { FunnelError, MAX_LINE_BYTES, systemCode } from '@pino-funnel/channel'
import { CompressedContents, isDamaged, openListed, PlainContents, type Contents } from '../files/contents.ts'
import { Addresses, type FileOfLog } from './addresses.ts'
import { lastLineEnd } from '../files/last-line-end.ts'
import { placesOf } from './places.ts'
import type { Portion } from './portion.ts'
import { raise } from './sequence-options.ts'
import { PROOF_BYTES } from '@pino-funnel/ledger'

const NEWLINE = 0x0a
const BLOCK_BYTES = 64 * 1024
/** Bytes of a compressed file in memory at once. The file is decompressed again for each such part. */
const KEPT_BYTES = 32 * 1024 * 1024

/** A line that exceeds what pino-funnel writes is given in pieces of so many bytes: memory stays bounded. */
const LONGEST_BLOCK_BYTES = 2 * MAX_LINE_BYTES

/** Reads a part of a file. */
type Read = (from: number, to: number) => Promise<Buffer>

export interface BackwardsOptions {
  /** Where the log's channel is. @defaultValue `.pino-funnel` in the log directory */
  readonly channelDir?: string
  /**
   * Called when a compressed file is damaged, or this user may not read a rotated one, which is left out then. Without it,
   * the reader throws the gap.
   */
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
  let last: FileOfLog | undefined
  for (let isOver = false; !isOver;) {
    const places = (await placesOf(log, addresses)).filter((place) => !last || isOlder(place, last, log))
    isOver = true
    for (const place of places.toReversed()) {
      const isLive = place.file.path === log
      const contents = await openListed(place.file).catch((error: unknown) => {
        if (isLive || !isForbidden(error)) throw error
        return error
      })
      if (!contents) {
        isOver = false
        break
      }
      last = place
      if (contents instanceof Error) {
        onGap(unreadable(contents))
        continue
      }
      try {
        yield* portionsOf(place, contents, isLive)
      } catch (error) {
        if (!isDamaged(error)) throw error
        onGap(damaged(place.file.path))
      } finally {
        await contents.close()
      }
    }
  }
}

/** Whether this user may not read a file. */
function isForbidden(error: unknown): error is Error {
  return ['EACCES', 'EPERM'].includes(systemCode(error) ?? '')
}

function unreadable({ message }: Error): FunnelError {
  return new FunnelError('FUNNEL_LOG_GAP', `${message}. The file is left out; reading goes on with the one before it.`)
}

function damaged(path: string): FunnelError {
  return new FunnelError(
    'FUNNEL_LOG_GAP',
    `${path} is damaged: it can't be decompressed to its end. It is left out; reading goes on with the file before it.`,
  )
}

/** Whether a file comes before one that was read, which may have another name by now. */
function isOlder({ file, address }: FileOfLog, { file: read, after, address: last }: FileOfLog, log: string): boolean {
  if (file.path === log) return false
  if (last) return address === undefined || address.file.file < last.file.file
  if (file.number !== undefined) return file.number <= after
  return read.number !== undefined || file.modified < read.modified
}

async function* portionsOf(place: FileOfLog, contents: Contents, isLive: boolean): AsyncGenerator<Portion, void, void> {
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
  { file: { path }, after, address }: FileOfLog,
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
    let start = from === 0 ? 0 : bytes.indexOf(NEWLINE, from - first) + 1
    if (from > 0 && (start === 0 || start === bytes.length)) {
      if (length < LONGEST_BLOCK_BYTES) {
        length *= 2
        continue
      }
      start = from - first
    }
    const before = bytes.subarray(Math.max(0, start - PROOF_BYTES), start)
    yield { bytes: bytes.subarray(start), offset: first + start, before, path, after, address }
    end = first + start
    length = block
  }
}
