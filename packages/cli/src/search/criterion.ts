/** One condition on a line. */
export interface Criterion {
  /** Bytes that each line has that matches; `undefined` when that is not known. */
  readonly needle: Buffer | undefined
  matches(line: Buffer): boolean
}
