import type { RetentionLimit } from '@pino-funnel/channel'
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
}

/** The rotated files to delete, oldest first. A file is never deleted before an older one. */
export function removals(use: DiskUse, limit: RetentionLimit): Removal[] {
  const chosen: Removal[] = []
  let bytes = use.current + use.rotated.reduce((sum, file) => sum + file.bytes, 0)
  let { free } = use
  for (const [index, file] of use.rotated.entries()) {
    const reason = reasonAgainst(file, { ...use, free }, bytes, use.rotated.length - index, limit)
    if (reason === undefined) break
    chosen.push({ file, reason })
    bytes -= file.bytes
    free += file.bytes
  }
  return chosen
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
