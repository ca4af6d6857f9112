/** One condition on a line. */
export interface Criterion {
  /** Bytes that each line has that matches; `undefined` when that is not known. */
  readonly needle: Buffer | undefined
  /** Whether lines far above decide: the log has to be read from its beginning. */
  readonly needsWholeLog?: boolean
  matches(line: Buffer): boolean
  /** Of a condition that remembers earlier lines. It gets each line in the order of the log, just before `matches`. */
  note?(line: Buffer): void
}
