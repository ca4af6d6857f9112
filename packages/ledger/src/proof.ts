import { createHash } from 'node:crypto'

/** The bytes before an offset that prove which file it is in, this many. */
export const PROOF_BYTES = 512

/** Digest of the bytes before an offset, {@link PROOF_BYTES} of them or all that there are. */
export function proofOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
