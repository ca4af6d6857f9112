import type { RetentionLimit } from '@pino-funnel/channel'
import { NO_HOLDS, type LogHolds, type HoldState, type Loss } from '../ledger/log-holds.ts'
import type { RotatedName } from './rotated-names.ts'

export interface RotatedFile extends RotatedName {
  readonly bytes: number
  /** Time of its last record, ms since the epoch. */
  readonly modified: number
}

/** What is compared with the limits. */
export interface DiskUse {
  /** Oldest first. */
  readonly rotated: readonly RotatedFile[]
  /** Bytes of the current log file. */
  readonly current: number
  /** Free bytes of the file system; determined only where a limit needs it. */
  readonly free: number
  /** Ms since the epoch. */
  readonly now: number
}

/** Why a rotated file is deleted. */
export type RemovalReason = keyof RetentionLimit

export interface Removal {
  readonly file: RotatedFile
  readonly reason: RemovalReason
  /** What it takes from readers that are too far behind. */
  readonly losses: readonly Loss[]
}

/** The rotated files to delete, oldest first. One that can't be deleted stays; the younger ones are deleted all the same. */
export function removals(use: DiskUse, limit: RetentionLimit, holds: LogHolds = NO_HOLDS): Removal[] {
  const chosen: Removal[] = []
  let bytes = use.current + use.rotated.reduce((sum, file) => sum + file.bytes, 0)
  let { free } = use
  for (const [index, file] of use.rotated.entries()) {
    const state = holds.stateOf(file.original)
    const limits = sparing(limit, state)
    const reason = reasonAgainst(file, { ...use, free }, bytes, use.rotated.length - index, limits)
    if (reason === undefined) break
    chosen.push({ file, reason, losses: holds.take(file.original) })
    bytes -= file.bytes
    free += file.bytes
  }
  return chosen
}

/** The limits that apply to a file. */
function sparing({ bytes, free, ...others }: RetentionLimit, state: HoldState): RetentionLimit {
  if (state === 'held') return {}
  const space = { ...(bytes !== undefined && { bytes }), ...(free !== undefined && { free }) }
  return state === 'over budget' ? space : { ...others, ...space }
}

/** @param count - files from this one to the youngest */
function reasonAgainst(
  file: RotatedFile,
  { free, now }: DiskUse,
  bytes: number,
  count: number,
  limit: RetentionLimit,
): RemovalReason | undefined {
  if (limit.count !== undefined && count > limit.count) return 'count'
  if (limit.age !== undefined && now - file.modified > limit.age) return 'age'
  if (limit.bytes !== undefined && bytes > limit.bytes) return 'bytes'
  return limit.free !== undefined && free < limit.free ? 'free' : undefined
}
