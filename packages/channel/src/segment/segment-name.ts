/**
 * Names of segments, which carry their state.
 *
 * ```
 * 00000003.plain     written by write(2); ends where the file ends
 * 00000004.mapped    zero-filled, then written through memory; ends at the first NUL
 * 00000002.free      drained, handed back to the writer, which may make it the next segment of its chain
 * next               a new one that is being made
 * ```
 *
 * `next|.free → .mapped` by the writer, `.plain|.mapped → (drained and committed) → unlinked` by the reader, or
 * `.mapped → .free` by the reader, for the writer to make it `.mapped` again under a higher sequence. All are renames:
 * a segment belongs to exactly one of the two at every instant.
 */
import { readdirSync } from '../captured/fs.ts'

/** How a segment is written. */
export type SegmentForm = 'plain' | 'mapped'

export interface SegmentName {
  /** Counts up from 1 in each mailbox, without gaps. */
  readonly sequence: number
  readonly state: SegmentForm | 'free'
}

const SEGMENT = /^(\d{8,15})\.(plain|mapped|free)$/

export function segmentFileName(sequence: number, state: SegmentName['state']): string {
  return `${String(sequence).padStart(8, '0')}.${state}`
}

/** `undefined` when the name is not a segment's. */
export function parseSegmentName(name: string): SegmentName | undefined {
  const match = SEGMENT.exec(name)
  if (!match) return undefined
  return { sequence: Number(match[1]), state: match[2] as SegmentName['state'] }
}

/** The segments of a mailbox that hold or may get lines, oldest first. */
export function listSegments(mailbox: string): { sequence: number; form: SegmentForm }[] {
  const segments: { sequence: number; form: SegmentForm }[] = []
  for (const name of readdirSync(mailbox)) {
    const segment = parseSegmentName(name)
    if (segment && segment.state !== 'free') segments.push({ sequence: segment.sequence, form: segment.state })
  }
  return segments.sort((a, b) => a.sequence - b.sequence)
}
