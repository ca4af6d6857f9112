import { closeSync, readSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { systemCode } from '../util/errors.ts'
import { isThere, openIfThere } from '../util/files.ts'
import { listSegments, segmentFileName, type SegmentForm } from './segment-name.ts'

/** Whole lines: bytes `from` to `to` of a segment. */
export interface LineRange {
  readonly sequence: number
  readonly from: number
  readonly to: number
}

/** A segment opened for reading. The caller closes the descriptor. */
export interface OpenSegment {
  readonly descriptor: number
  readonly form: SegmentForm
}

/** @returns `undefined` when the segment does not exist, or was given up */
export function openSegment(mailbox: string, sequence: number): OpenSegment | undefined {
  for (const form of ['plain', 'mapped'] as const) {
    const descriptor = openIfThere(join(mailbox, segmentFileName(sequence, form)))
    if (descriptor !== undefined) return { descriptor, form }
  }
  return undefined
}

function segmentExists(mailbox: string, sequence: number): boolean {
  return (
    isThere(join(mailbox, segmentFileName(sequence, 'mapped'))) ||
    isThere(join(mailbox, segmentFileName(sequence, 'plain')))
  )
}

/**
 * The next segment that there is after `sequence`: another program may have deleted those between. `undefined` when there
 * is none, or no mailbox any more.
 *
 * @throws the system's error when it can't say
 */
export function segmentAfter(mailbox: string, sequence: number): number | undefined {
  const next = sequence + 1
  if (segmentExists(mailbox, next)) return next
  const later = segmentsIfThere(mailbox).find((segment) => segment.sequence > sequence)?.sequence
  // A writer that makes its segment again does so before the one after it is there.
  return later !== undefined && segmentExists(mailbox, next) ? next : later
}

function segmentsIfThere(mailbox: string): ReturnType<typeof listSegments> {
  try {
    return listSegments(mailbox)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

/**
 * Reads a range again that was read before.
 *
 * @param mailbox - its directory
 * @returns no bytes when its segment is not there; `undefined` when the segment was cut, and has not all of them
 */
export function readAgain(mailbox: string, range: LineRange): Buffer | undefined {
  const bytes = Buffer.alloc(range.to - range.from)
  const segment = openSegment(mailbox, range.sequence)
  if (segment === undefined) return bytes.subarray(0, 0)
  try {
    return readSync(segment.descriptor, bytes, 0, bytes.length, range.from) < bytes.length ? undefined : bytes
  } finally {
    closeSync(segment.descriptor)
  }
}
