import { join } from 'node:path'
import { isThere, openIfThere } from '../util/files.ts'
import { segmentFileName, type SegmentForm } from './segment-name.ts'

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
