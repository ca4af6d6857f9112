/**
 * What a writer makes again of its mailbox when another program has cut, damaged or deleted it, as a clean-up does
 * (`find logs -type f -delete`): without a header no listener reads a mailbox, and nothing reads a deleted segment.
 */
import { closeSync, fstatSync, readSync, renameSync, statSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { writePrivateFile } from '../layout/private.ts'
import { PlainSegment } from '../segment/plain-segment.ts'
import { segmentIsThere, type Segment } from '../segment/segment.ts'
import { FunnelError, systemCode } from '../util/errors.ts'
import { openToRead, seemsThere, unlinkQuietly } from '../util/files.ts'
import { DROPS_NAME, reserveDrops } from './drops.ts'
import { BELL_BYTES, BELL_OFFSET, FIRST_SLEEP, nextBell } from './header.ts'

/** A file that takes the place of another one. */
const DRAFT = 'again'

/**
 * Makes the header again, unless it is what its writer wrote, and a file for drops where there is none.
 *
 * @param header - as its writer wrote it
 * @returns the names of what was made
 * @throws the system's error
 */
export function restoreFiles(mailbox: string, header: Buffer): string[] {
  const made = restoreHeader(mailbox, Buffer.from(header)) ? ['header'] : []
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

/** Also its owner: a listener takes no header of another user. */
function isWhole(mailbox: string, expected: Buffer): boolean {
  try {
    const descriptor = openToRead(join(mailbox, 'header'))
    try {
      const found = Buffer.alloc(expected.length)
      readSync(descriptor, found, 0, found.length, 0)
      expected.copy(found, BELL_OFFSET, BELL_OFFSET, BELL_OFFSET + BELL_BYTES)
      return found.equals(expected) && fstatSync(descriptor).uid === statSync(mailbox).uid
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    // What the system can't say proves nothing. A link is not what its writer made.
    return !['ENOENT', 'ELOOP'].includes(systemCode(error) ?? '')
  }
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
  if (segmentIsThere(mailbox, segment)) return undefined
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
