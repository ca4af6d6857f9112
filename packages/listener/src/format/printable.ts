/**
 * Values as a part of a line. No value may start a new line, and none may control a terminal.
 */

/** All control characters, and the two separators at which some programs end a line. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029]/u
const ALL_UNPRINTABLE = new RegExp(UNPRINTABLE, 'gu')

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' }

/** Text as it is. Characters that can't be printed are escaped as in JSON. */
export function printableText(text: string): string {
  // Most text needs no replacement, and a test costs a quarter of one.
  return UNPRINTABLE.test(text) ? text.replace(ALL_UNPRINTABLE, escape) : text
}

/** Strings as text, everything else as JSON. */
export function printable(value: unknown): string {
  return printableText(typeof value === 'string' ? value : JSON.stringify(value))
}

function escape(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
