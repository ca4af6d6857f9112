import type { RetentionLimit } from '@pino-funnel/channel'
import type { RotatedName } from './rotated-names.ts'

export interface RotatedFile extends RotatedName {
  readonly bytes: number
  /** Of the last record in it, ms since the epoch. */
  readonly modified: number
}

/** What the limits are held against. */
export interface DiskUse {
  /** Oldest first. */
  readonly rotated: readonly RotatedFile[]
  /** Bytes of the log file that is being written. */
  readonly current: number
  /** Bytes free on the file system; asked for only where there is a limit. */
  readonly free: number
  /** Ms since the epoch. */
  readonly now: number
}

/** Why a rotated file has to go. */
export type RemovalReason = keyof RetentionLimit

export interface Removal {
  readonly file: RotatedFile
  readonly reason: RemovalReason
}

/** Which rotated files have to go, oldest first: never one that is younger than one that stays. */
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

/** @param count - of the files from this one on */
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
