/**
 * A position in a log: the offset in a file, and what proves which file that is. Names and inodes prove nothing: a file
 * is renamed and compressed, and an inode is used again. The bytes before the position stay what they are.
 *
 * As text: `<after>-<offset>-<proof>`.
 */
import { FunnelError } from '@pino-funnel/channel'
import { createHash } from 'node:crypto'

export interface Position {
  /** Which file is likely: the file with the smallest number above this one. */
  readonly after: number
  /** Bytes in the file, not compressed. */
  readonly offset: number
  /** Digest of the bytes before. */
  readonly proof: string
}

const FORM = /^(\d{1,15})-([1-9]\d{0,15})-([0-9a-f]{16})$/

export function formatPosition(at: { after: number; offset: number; proven: Buffer }): string {
  return `${at.after}-${at.offset}-${proofOf(at.proven)}`
}

export function proofOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}

/** @throws FunnelError `FUNNEL_POSITION_UNKNOWN` for a text that is not a position */
export function parsePosition(text: string): Position {
  const [, after, offset, proof] = FORM.exec(text) ?? []
  if (proof !== undefined) return { after: Number(after), offset: Number(offset), proof }
  throw new FunnelError(
    'FUNNEL_POSITION_UNKNOWN',
    `A position must be the 'position' of a line that was read before; got '${text.slice(0, 80)}'.`,
  )
}
