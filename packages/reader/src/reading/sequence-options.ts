import type { FunnelError } from '@pino-funnel/channel'
import type { FileContent } from '@pino-funnel/ledger'
import type { Finds } from './opened-file.ts'

/** What is known of a rotated file before it is read. */
export interface RotatedFile {
  readonly path: string
  /** The last change, ms since the epoch: that of the last record, which compression keeps. */
  readonly modified: number
  /** What its records are like; `undefined` when no ledger says so. */
  readonly content: FileContent | undefined
  /** What those of the file after it are like; `undefined` when no ledger says so, and when that is the live file. */
  readonly next: FileContent | undefined
}

export interface SequenceOptions {
  /** `'beginning'`, `'end'`, a position or a cursor. */
  readonly from: string | number
  readonly follow: boolean
  /** How often the end of the log is checked while it is followed, ms. */
  readonly checkEvery: number
  /** Where the log's channel is; `undefined` for the log directory. */
  readonly channelDir: string | undefined
  readonly signal: AbortSignal | undefined
  onGap(gap: FunnelError): void
  /** Whether a rotated file is read at all. */
  wants(file: RotatedFile): boolean
  /** Runs of lines in which it finds nothing are left out. */
  readonly finds: Finds | undefined
}

/** For a reader without `onGap`. */
export function raise(gap: FunnelError): never {
  throw gap
}
