/**
 * Values as part of a line: no newline in a value may begin a line of its own, and none may command a terminal.
 */

/** All control characters, and the two line separators that some programs divide lines at. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029]/u
const ALL_UNPRINTABLE = new RegExp(UNPRINTABLE, 'gu')

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' }

/** Text as it is; what can't be printed as JSON would escape it. */
export function printableText(text: string): string {
  // Most text has none, and a test costs a quarter of a replacement.
  return UNPRINTABLE.test(text) ? text.replace(ALL_UNPRINTABLE, escape) : text
}

/** Strings as text, everything else as JSON. */
export function printable(value: unknown): string {
  return printableText(typeof value === 'string' ? value : JSON.stringify(value))
}

function escape(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
