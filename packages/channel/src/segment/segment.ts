/**
 * A segment is a file of lines.
 *
 * What always holds in this room: each byte changes once, from 0 to its value, and a segment that holds lines is never
 * truncated. So a reader never sees a part of one line joined to another.
 */
import { join } from 'node:path'
import { FunnelError } from '../util/errors.ts'
import { seemsThere } from '../util/files.ts'
import { segmentFileName, type SegmentForm } from './segment-name.ts'

/** The writer's side of one segment: lines go in, in order, until it is full. */
export interface Segment {
  readonly form: SegmentForm
  readonly sequence: number
  /** Bytes written so far. */
  readonly offset: number
  /**
   * Appends a line, whole or not at all.
   *
   * @returns `false` when this segment can't take it, and the next one has to
   * @throws the system's error (ENOSPC, EIO, …) when the line could not be stored; nothing of it will be read then
   */
  append(line: string): boolean
  /**
   * Appends several lines at once, as far as they fit without further ado.
   *
   * @returns how many of the characters were taken: whole lines, and nothing after them. 0 says nothing of why
   */
  appendBlock(lines: string): number
  /**
   * Marks the end with an empty line: the chain goes on in the next segment. Best effort: a reader that finds
   * no mark finds the next segment by its name, only later.
   */
  markEnd(): void
  /** The bytes before `offset`, to be stored elsewhere; `undefined` when they are lost. @throws the system's error */
  stored(): Buffer | undefined
  /** Lets go of descriptors and memory. The file stays. */
  close(): void
}

/**
 * Replaces the last segment after it was closed. Its descriptor or memory may have another owner by then, so that one
 * more line would go into another file, or crash the process.
 */
export class EndOfChain implements Segment {
  readonly form: SegmentForm
  readonly sequence: number
  readonly offset: number

  constructor({ form, sequence, offset }: Segment) {
    this.form = form
    this.sequence = sequence
    this.offset = offset
  }

  append(): never {
    throw new FunnelError('FUNNEL_DESTINATION_ENDED', 'This mailbox was sealed; nothing can be appended to it.')
  }

  appendBlock(): never {
    return this.append()
  }

  markEnd(): void {}

  stored(): undefined {}

  close(): void {}
}

/** Whether another program has left the file of a segment where it was made. `true` when the system can't say. */
export function segmentIsThere(mailbox: string, { sequence, form }: Segment): boolean {
  return seemsThere(join(mailbox, segmentFileName(sequence, form)))
}
