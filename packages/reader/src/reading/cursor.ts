/**
 * A cursor is a place in a log, and what proves it: the offset in a file, and a digest of the bytes before it. Names and
 * inodes prove nothing: a file is renamed and compressed, and an inode is used again. The bytes stay what they are.
 *
 * As text: `<after>-<offset>-<proof>`, and `@<log id>-<position>` where the log has a ledger.
 */
import { FunnelError } from '@pino-funnel/channel'
import { proofOf } from '@pino-funnel/ledger'

export interface Cursor {
  /** Which file is likely without a ledger: the file with the smallest number above this one. */
  readonly after: number
  /** Bytes in the file, not compressed. */
  readonly offset: number
  /** Digest of the bytes before. */
  readonly proof: string
  readonly log: LogPosition | undefined
}

/** A position, and the log that it is one of. */
export interface LogPosition {
  readonly id: string
  readonly position: number
}

const FORM = /^(\d{1,15})-([1-9]\d{0,15})-([0-9a-f]{16})(?:@([0-9a-f]{32})-(\d{1,16}))?$/

export function formatCursor(at: {
  after: number
  offset: number
  proven: Buffer
  log: LogPosition | undefined
}): string {
  const log = at.log ? `@${at.log.id}-${at.log.position}` : ''
  return `${at.after}-${at.offset}-${proofOf(at.proven)}${log}`
}

/** @throws FunnelError `FUNNEL_POSITION_UNKNOWN` for a text that is not a cursor */
export function parseCursor(text: string): Cursor {
  const [, after, offset, proof, id, position] = FORM.exec(text) ?? []
  if (proof !== undefined) {
    const log = id === undefined ? undefined : { id, position: Number(position) }
    return { after: Number(after), offset: Number(offset), proof, log }
  }
  throw new FunnelError(
    'FUNNEL_POSITION_UNKNOWN',
    `A cursor must be the 'cursor' of a line that was read before; got '${text.slice(0, 80)}'.`,
  )
}
