/** The byte that ends a line, in a segment and on the control socket. */
export const NEWLINE = 0x0a

/** The number of newlines between two offsets. */
export function countNewlines(bytes: Buffer, from = 0, to: number = bytes.length): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE, from); at !== -1 && at < to; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  return count
}
