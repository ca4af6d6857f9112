/**
 * What can be read from the bytes of lines.
 *
 * What always holds in this room: no line is parsed. Parsing each one would cost more than everything else that
 * the listener does.
 */
export const NEWLINE = 0x0a

/** The end of the line that starts at `from`: the offset after its newline, or after the last byte if it has none. */
export function endOfLine(lines: Buffer, from: number): number {
  return lines.indexOf(NEWLINE, from) + 1 || lines.length
}

/** The number of newlines between two offsets. */
export function countLines(lines: Buffer, from = 0, to: number = lines.length): number {
  let count = 0
  for (let at = lines.indexOf(NEWLINE, from); at !== -1 && at < to; at = lines.indexOf(NEWLINE, at + 1)) count += 1
  return count
}
