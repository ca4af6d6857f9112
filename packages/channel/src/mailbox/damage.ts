/**
 * What a writer makes again of its mailbox when another program has cut, damaged or deleted it, as a clean-up does
 * (`find logs -type f -delete`): without a header no listener reads a mailbox, and nothing reads a deleted segment.
 */
import { renameSync, statSync } from '../captured/fs.ts'
import { dirname, join } from 'node:path'
import { writePrivateFile } from '../layout/private.ts'
import { PlainSegment } from '../segment/plain-segment.ts'
import type { Segment } from '../segment/segment.ts'
import { segmentFileName } from '../segment/segment-name.ts'
import { FunnelError, systemCode } from '../util/errors.ts'
import { seemsThere, unlinkQuietly } from '../util/files.ts'
import { DROPS_NAME, reserveDrops } from './drops.ts'
import { BELL_OFFSET, FIRST_SLEEP, HEADER_BYTES, nextBell, readHeader } from './header.ts'

/** A file that takes the place of another one. */
const DRAFT = 'again'

/**
 * Whether the header is there and was not cut: cheaper than to make sure that it is whole. `true` when the system can't
 * say. Never throws.
 */
export function headerSeemsWhole(mailbox: string): boolean {
  try {
    return (statSync(join(mailbox, 'header'), { throwIfNoEntry: false })?.size ?? 0) >= HEADER_BYTES
  } catch {
    return true
  }
}

/**
 * Makes the header again, unless a listener can read it and it is what its writer wrote, and a file for drops where there
 * is none.
 *
 * @param header - as it was encoded at first: an application may change its options afterwards. Its bell is changed
 * @returns the names of what was made
 * @throws the system's error
 */
export function restoreFiles(mailbox: string, header: Buffer): string[] {
  const made = restoreHeader(mailbox, header) ? ['header'] : []
  if (seemsThere(join(mailbox, DROPS_NAME))) return made
  reserveDrops(mailbox)
  return [...made, DROPS_NAME]
}

function restoreHeader(mailbox: string, header: Buffer): boolean {
  if (isWhole(mailbox, header)) return false
  // A bell that was set: the mailbox is not taken for one that no listener has found. Its writer rings.
  header.writeUInt32LE(nextBell(FIRST_SLEEP, 'asleep'), BELL_OFFSET)
  const draft = join(mailbox, DRAFT)
  unlinkQuietly(draft)
  writePrivateFile(draft, header)
  renameSync(draft, join(mailbox, 'header'))
  return true
}

function isWhole(mailbox: string, expected: Buffer): boolean {
  try {
    const { header } = readHeader(join(mailbox, 'header'), dirname(mailbox))
    header.copy(expected, BELL_OFFSET, BELL_OFFSET, BELL_OFFSET + 4)
    return header.equals(expected)
  } catch (error) {
    // What the system can't say proves nothing.
    return !(error instanceof FunnelError) && systemCode(error) !== 'ENOENT'
  }
}

export function isThere(mailbox: string, { sequence, form }: Segment): boolean {
  return seemsThere(join(mailbox, segmentFileName(sequence, form)))
}

/**
 * Makes a segment again whose file was deleted. It has what its writer has stored, at the same places, so that a reader
 * goes on in it. It must have its place before the next one is there: a reader passes over a segment that is missing.
 *
 * @returns the segment that takes its place, for the end mark; `undefined` when its file is there, or its memory was
 * lost, too
 * @throws the system's error
 */
export function replaceIfDeleted(mailbox: string, segment: Segment): PlainSegment | undefined {
  if (isThere(mailbox, segment)) return undefined
  const stored = segment.stored()
  return stored && PlainSegment.replace(mailbox, segment.sequence, stored, DRAFT)
}

/** @param names - of files */
export function mailboxDamaged(mailbox: string, names: readonly string[]): FunnelError {
  return new FunnelError(
    'FUNNEL_MAILBOX_DAMAGED',
    `Another program has cut, damaged or deleted files of the mailbox ${mailbox}: ${names.join(', ')}. ` +
      `They were made again; records that were not read from them are lost. ` +
      `Check what deletes or cuts files in this directory.`,
  )
}

export function segmentLost(path: string): FunnelError {
  return new FunnelError(
    'FUNNEL_SEGMENT_LOST',
    `The segment ${path} takes no records any more: another program has cut the file, or its file system has failed. ` +
      `Records that were not read from it are lost; later ones are in the next. ` +
      `Check the disk, and what deletes or cuts files in this directory.`,
  )
}
