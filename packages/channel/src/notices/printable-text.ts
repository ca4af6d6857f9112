/** Text of others as a part of a line. It may not start a new line, and may not control a terminal. */

/**
 * All control characters, the two separators at which some programs end a line, and what changes the order in which a
 * terminal or a browser shows a line: a name could seem to be another one (CVE-2021-42574).
 */
const UNPRINTABLE = /[\p{Cc}\u2028-\u202E\u2066-\u2069]/u
const ALL_UNPRINTABLE = new RegExp(UNPRINTABLE, 'gu')

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' }

/** Text as it is. Characters that can't be printed are escaped as in JSON. */
export function printableText(text: string): string {
  // Most text needs no replacement, and a test costs a quarter of one.
  return UNPRINTABLE.test(text) ? text.replace(ALL_UNPRINTABLE, escape) : text
}

/** The same for a message of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printableText).join('\n')
}

function escape(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
