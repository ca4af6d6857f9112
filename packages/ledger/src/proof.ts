import type * as Crypto from 'node:crypto'

/** The bytes before an offset that prove which file it is in, this many. */
export const PROOF_BYTES = 512

/** A command that proves nothing need not load it. */
function crypto(): typeof Crypto {
  return process.getBuiltinModule('node:crypto')
}

/** Digest of the bytes before an offset, {@link PROOF_BYTES} of them or all of fewer. */
export function proofOf(bytes: Buffer): string {
  return crypto().createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
