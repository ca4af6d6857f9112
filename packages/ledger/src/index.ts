/**
 * The ledger of a log gives each of its bytes a position that holds for ever: the base of the byte's file, plus the
 * offset in it. docs/protocol.md, "Ledger", has the rules.
 *
 * - Positions only grow. Two bytes of one log never have the same.
 * - The listener alone writes the ledger. Any process of the same user may read it at any moment.
 * - A hold is written by the reader that has it, and read by the listener.
 */
export { decodeCheckedLine, encodeCheckedLine } from './checked-line.ts'
export { decodeEntries, encodeEntry, isLogId, type FileContent, type LedgerEntry } from './ledger-entry.ts'
export { FollowedLedger } from './followed-ledger.ts'
export { endOf, LEFT_OUT_BYTES, leftOutBetween, Ledger, type FoundFile, type LedgerFile } from './ledger.ts'
export { bytesFrom, ledgerDirectory, ledgerPath, logEnd, readLedger } from './ledger-path.ts'
export {
  DEFAULT_BUDGET_BYTES,
  holdDirectory,
  isHoldName,
  readHolds,
  readUpTo,
  removeHold,
  sweepDrafts,
  writeHold,
  type StoredHold,
} from './holds.ts'
export { PROOF_BYTES, proofOf } from './proof.ts'
export { readPrivate } from './read-private.ts'
