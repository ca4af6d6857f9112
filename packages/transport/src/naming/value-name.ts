/**
 * What stands for the value of a record in the name of a log file. Most values stand for themselves. One that can't, or
 * that would be taken for something else, is mended, and gets a part of its hash: two values never share a file.
 */
import type * as Crypto from 'node:crypto'
import { VALUE } from '../options/file-option.ts'

/** Where the records go that have no value, or one too many. */
export const OTHER = 'other'

/** Names of files end at 255 bytes, and rotation adds a date, a number and more. */
const MOST_CHARACTERS = 64
const KEPT_CHARACTERS = 48
const HASH_DIGITS = 12
const MENDED = new RegExp(`-[0-9a-f]{${HASH_DIGITS}}$`)
/** As in app.1.log, which is what app.log is called when it was rotated. */
const NUMBER_BETWEEN_DOTS = /\.[1-9]\d*(?:\.|$)/

/** @param pattern - the file's name, with `VALUE` where the value is to stand */
export function nameOf(value: string, pattern: string): string {
  const isFit = /^[\w-][\w.-]*$/.test(value) && value.length <= MOST_CHARACTERS
  const isTaken = value === OTHER || MENDED.test(value) || looksRotated(value, pattern)
  return pattern.replace(VALUE, () => (isFit && !isTaken ? value : mended(value)))
}

function mended(value: string): string {
  const fit = value.replaceAll(/^\.|[^\w.-]/g, '_').slice(0, KEPT_CHARACTERS)
  // Loaded only now: it takes 3 ms, and few need it.
  const { createHash }: typeof Crypto = process.getBuiltinModule('node:crypto')
  return `${fit}-${createHash('sha256').update(value).digest('hex').slice(0, HASH_DIGITS)}`
}

/** Whether the value makes a number of its part of the name, between two dots. */
function looksRotated(value: string, pattern: string): boolean {
  const [before = '', after = ''] = pattern.split(VALUE)
  const start = before.lastIndexOf('.')
  const head = start === -1 ? `_${before}` : before.slice(start)
  return NUMBER_BETWEEN_DOTS.test(`${head}${value}${after}`.slice(0, head.length + value.length + endOfPart(after)))
}

/** Up to the first dot, which is included. */
function endOfPart(after: string): number {
  const dot = after.indexOf('.')
  return dot === -1 ? after.length : dot + 1
}
