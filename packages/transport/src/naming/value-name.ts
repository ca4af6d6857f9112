/**
 * The part of a log file's name that stands for the value of a record.
 *
 * What always holds in this room: two values never share a file, and no value leads out of the log directory.
 *
 * Most values stand for themselves. A value that can't, or that could be taken for another file, is sanitized, and gets
 * a part of its hash.
 */
import type * as Crypto from 'node:crypto'
import { isUnusableOnWindows } from './windows-name.ts'

/** The value in the name of the file for records without a value, and for values beyond the limit. */
export const OTHER = 'other'

/** Marks the place of the value in a pattern. No path has it. */
export const VALUE = '\0'

/** File names have 255 bytes at most, and rotation adds a date, a number and more. */
const MOST_CHARACTERS = 64
const KEPT_CHARACTERS = 48
const HASH_DIGITS = 12
const SANITIZED = new RegExp(`-[0-9a-f]{${HASH_DIGITS}}$`)
/** As in app.1.log, the name of app.log after its first rotation. */
const NUMBER_BETWEEN_DOTS = /\.[1-9]\d*(?:\.|$)/

/** @param pattern - the file's name, with `VALUE` in the place of the value */
export function nameOf(value: string, pattern: string): string {
  const isFit = /^[\w-][\w.-]*$/.test(value) && value.length <= MOST_CHARACTERS
  const isTaken = value === OTHER || SANITIZED.test(value) || looksRotated(value, pattern)
  const name = pattern.replace(VALUE, () => (isFit && !isTaken ? value : sanitize(value)))
  return isUnusableOnWindows(name) ? pattern.replace(VALUE, () => sanitize(value)) : name
}

function sanitize(value: string): string {
  const fit = value.replaceAll(/^\.|[^\w.-]/g, '_').slice(0, KEPT_CHARACTERS)
  // Loaded only now: it takes 3 ms, and few need it.
  const { createHash }: typeof Crypto = process.getBuiltinModule('node:crypto')
  return `${fit}-${createHash('sha256').update(value).digest('hex').slice(0, HASH_DIGITS)}`
}

/** Whether the value makes its part of the name a number between two dots. */
function looksRotated(value: string, pattern: string): boolean {
  const [before = '', after = ''] = pattern.split(VALUE)
  const start = before.lastIndexOf('.')
  const head = start === -1 ? `_${before}` : before.slice(start)
  return NUMBER_BETWEEN_DOTS.test(`${head}${value}${after}`.slice(0, head.length + value.length + endOfPart(after)))
}

/** The index after the first dot. */
function endOfPart(after: string): number {
  const dot = after.indexOf('.')
  return dot === -1 ? after.length : dot + 1
}
