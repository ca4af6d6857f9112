import { closeSync, readSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { isThere, openIfThere } from '../util/files.ts'
import { segmentFileName, type SegmentForm } from './segment-name.ts'

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

export function segmentExists(mailbox: string, sequence: number): boolean {
  return (
    isThere(join(mailbox, segmentFileName(sequence, 'mapped'))) ||
    isThere(join(mailbox, segmentFileName(sequence, 'plain')))
  )
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
