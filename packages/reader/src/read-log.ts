import type { FunnelError } from '@pino-funnel/channel'
import { resolve } from 'node:path'
import { LineSequence } from './line-sequence.ts'
import { LogSequence } from './reading/log-sequence.ts'
import type { LogLine, Portion } from './reading/portion.ts'
import { raise, type RotatedFile } from './reading/sequence-options.ts'

export interface ReadOptions {
  /**
   * Where to begin: at the oldest file, at the end of the last whole line, after a line that was read before (its
   * `cursor`, which is proven by content), or at a position of the log (the `position` or `end` of a line); 0 is
   * the oldest file, also before there is a ledger.
   *
   * @defaultValue `'beginning'`
   */
  readonly from?: string | number
  /**
   * Whether to wait for more at the end, and to go on with the next file after a rotation. The file may be missing at
   * first.
   *
   * @defaultValue `false`
   */
  readonly follow?: boolean
  /**
   * How often the end of the log is checked with `follow`, ms. A check costs three system calls; a longer pause costs
   * less, and lines come later.
   *
   * @defaultValue 50
   */
  readonly checkEvery?: number
  /** Ends the reading, as if the log ended there. */
  readonly signal?: AbortSignal
  /**
   * Called when records are missing: a rotated file was deleted before it was read, a compressed file is damaged, or
   * another program has cut the live file. Reading goes on after that. Without it, the reader throws the gap.
   */
  readonly onGap?: (gap: FunnelError) => void
  /**
   * Where the log's channel is: the option of the same name of its workers. Without it, a log whose workers have that option
   * is read without positions, and its name may be taken for that of a rotated file.
   *
   * @defaultValue `.pino-funnel` in the log directory
   */
  readonly channelDir?: string
  /**
   * Which rotated files are read; the live one always is.
   *
   * @defaultValue all of them
   */
  readonly wants?: (file: RotatedFile) => boolean
  /**
   * For a search: whether a run of whole lines has anything that is wanted. A run that has not is left out, with all of
   * its lines, and the memory of its bytes is used again. Compressed files are then read several at once.
   *
   * @defaultValue every run is given
   */
  readonly finds?: (lines: Buffer) => boolean
}

/**
 * Reads a log line by line: its rotated and compressed files, from the oldest on, and then the live file.
 *
 * A line is given when it is whole. Lines of up to 16 MiB are given whole; memory stays below a small multiple of the
 * longest line.
 *
 * @example
 * ```js
 * for await (const line of readLog('logs/app.log', { from: saved, follow: true })) {
 *   await send(line.text)
 *   saved = line.cursor
 * }
 * ```
 *
 * @param file - the live file: `logs/app.log`, not a rotated one
 * @throws FunnelError `FUNNEL_POSITION_UNKNOWN` when no file of the log has what lay before the cursor, and no ledger says
 * what became of it, or when no line begins at the position; `FUNNEL_LOG_GAP` without `onGap`, `FUNNEL_FORMAT_UNAVAILABLE` for zstd with an older Node.js; the system's error
 */
export function readLog(file: string, options: ReadOptions = {}): AsyncGenerator<LogLine, void, void> {
  return new LineSequence(readPortions(file, options))
}

/** A reader for people: none sees a shorter pause. */
const CHECK_EVERY_MS = 50

/** The same in runs of whole lines, for readers that search bytes. */
export function readPortions(file: string, options: ReadOptions = {}): AsyncGenerator<Portion, void, void> {
  const { from = 'beginning', follow = false, checkEvery = CHECK_EVERY_MS, signal, channelDir } = options
  const { onGap = raise, wants = () => true, finds } = options
  const chosen = { from, follow, checkEvery, channelDir, signal, onGap, wants, finds }
  return new LogSequence(resolve(file), chosen).portions()
}
