/** The level of a line, found without parsing the line: pino writes it first. */
import { NAMED_LEVELS } from '@pino-funnel/channel'

/** Counts as the highest level, so that a line without a readable level is rather shown by a sink and rather synced. */
export const UNKNOWN_LEVEL: number = Infinity

const BEGINNING = Buffer.from('{"level":')
const FIELD = BEGINNING.subarray(1)
/** An application may put its own fields before the level. A field further back belongs to something else. */
const SEARCHED_BYTES = 256
/** Characters, with the quote at the end. */
const LONGEST_NAME = 'emergency"'.length

const QUOTE = 0x22
const ZERO = 0x30
const NINE = 0x39

/** The level of the line between two offsets. */
export function levelOfLine(lines: Buffer, from: number, to: number): number {
  const at = startsAsUsual(lines, from) ? from + BEGINNING.length : searchLevel(lines, from, to)
  if (at === undefined) return UNKNOWN_LEVEL
  if (lines[at] === QUOTE) return levelByName(lines, at + 1, to)
  let level = 0
  let digit = at
  for (; isDigit(lines[digit]); digit += 1) level = level * 10 + (lines[digit] ?? 0) - ZERO
  return digit === at ? UNKNOWN_LEVEL : level
}

/** A loop, because a call of Buffer.compare costs more than these few bytes. */
function startsAsUsual(lines: Buffer, from: number): boolean {
  for (let index = 0; index < BEGINNING.length; index += 1) {
    if (lines[from + index] !== BEGINNING[index]) return false
  }
  return true
}

function searchLevel(lines: Buffer, from: number, to: number): number | undefined {
  const at = lines.subarray(from, Math.min(to, from + SEARCHED_BYTES)).indexOf(FIELD)
  return at === -1 ? undefined : from + at + FIELD.length
}

function levelByName(lines: Buffer, from: number, to: number): number {
  const end = lines.subarray(from, Math.min(to, from + LONGEST_NAME)).indexOf(QUOTE)
  const name = end === -1 ? '' : lines.toString('latin1', from, from + end)
  return NAMED_LEVELS.get(name.toLowerCase()) ?? UNKNOWN_LEVEL
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}
