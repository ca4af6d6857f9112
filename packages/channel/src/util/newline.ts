/** The byte that ends a line, in a segment and on the control socket. */
export const NEWLINE = 0x0a

export function countNewlines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  return count
}
