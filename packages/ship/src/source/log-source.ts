/** Where the lines come from: a log as one sequence of bytes, each with a position that it keeps for ever. */
import type { LogOrigin } from '../engine/engine.ts'

/** A run of whole lines of the log, as it lies in one file. */
export interface SourcePortion {
  /** Position of the first byte. It is beyond the end of the portion before when records are missing. */
  readonly from: number
  /** Each line with its newline. */
  readonly bytes: Buffer
}

export interface LogSource {
  readonly log: LogOrigin
  /**
   * Reads the log, and follows it until the signal aborts.
   *
   * @param from - a position at which a line begins; the oldest byte there is when left out, or when the log begins later
   * @param options - `follow: false` ends at the end of the log
   */
  read(from: number | undefined, signal: AbortSignal, options?: { follow: boolean }): AsyncIterable<SourcePortion>
  /** How many bytes the log had between two positions. No byte has those that were left out. */
  bytesBetween(from: number, to: number): number
  /** Positions of the oldest byte there is, and after the last one. */
  bounds(): Promise<{ readonly begin: number; readonly end: number }>
}
