import { FunnelError } from '../util/errors.ts'
import type { SegmentForm } from './segment-name.ts'
import type { Segment } from './segment.ts'

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

  close(): void {}
}
