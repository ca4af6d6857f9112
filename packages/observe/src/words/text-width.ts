/** How many columns of a terminal a text takes: a name may have wide characters, and tables are to stay straight. */

/** Texts of these only have a column for each character: ASCII, Latin, arrows, boxes and bars. */
const NARROW = /^[\u0020-\u007E\u00A0-\u02FF\u2010-\u2027\u2190-\u21B5\u2500-\u259F]*$/
/** Two columns: the wide characters of Unicode's UAX #11, and emoji. A variation selector makes an emoji of a sign. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{17000}-\u{18DFF}\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}]|\uFE0F|\p{Emoji_Presentation}/u
/** No column: what only joins or marks other characters. */
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

let segmenter: Intl.Segmenter | undefined

export function textWidth(text: string): number {
  if (NARROW.test(text)) return text.length
  return charactersOf(text).reduce((sum, character) => sum + widthOf(character), 0)
}

/** The beginning of a text that takes at most so many columns. No character is cut in two. */
export function withinWidth(text: string, columns: number): string {
  if (NARROW.test(text)) return text.slice(0, Math.max(0, columns))
  let shown = ''
  let left = columns
  for (const character of charactersOf(text)) {
    left -= widthOf(character)
    if (left < 0) break
    shown += character
  }
  return shown
}

/** As a reader sees them: with their marks. */
function charactersOf(text: string): string[] {
  segmenter ??= new Intl.Segmenter()
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

function widthOf(character: string): number {
  if (WIDE.test(character)) return 2
  return INVISIBLE.test(character) ? 0 : 1
}
