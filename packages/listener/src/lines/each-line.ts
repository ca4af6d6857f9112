/**
 * What can be read from the bytes of lines.
 *
 * What always holds in this room: no line is parsed. Parsing each one would cost more than everything else that
 * the listener does.
 */
import { NEWLINE } from '@pino-funnel/channel'

/** The end of the line that starts at `from`: the offset after its newline, or after the last byte if it has none. */
export function endOfLine(lines: Buffer, from: number): number {
  return lines.indexOf(NEWLINE, from) + 1 || lines.length
}
