/**
 * What a line is: the bytes of one record, ending in the only `\n` it holds, and free of NUL.
 *
 * Everything that reads a segment relies on this: a NUL means "not written yet", and a `\n` means "whole up to here".
 * pino's lines are that way already, since JSON escapes both; raw writers' records are made so here.
 */
import { wallNow } from '../captured/clock.ts'
import { NAMED_LEVELS } from '../util/pino-fields.ts'

/**
 * The longest line, in bytes. A reader must hold a whole line in memory before it may pass it on, so there has to be
 * a limit; 16 MiB is far more than any record that a person will read.
 */
export const MAX_LINE_BYTES: number = 16 * 1024 * 1024

/** Characters of an oversized record that are kept in the record that takes its place. */
const KEPT_CHARACTERS = 1024

const LEVEL = /"level":(\d{1,9}|"[^"\\]{1,32}")/

/**
 * The level of a line, as it stands there: `'30'`, or a name; `'unknown'` when there is none near its beginning,
 * where pino puts it.
 */
export function levelOf(line: string): string {
  return LEVEL.exec(line.slice(0, KEPT_CHARACTERS))?.[1]?.replaceAll('"', '') ?? 'unknown'
}

const WARN = 40
const FATAL = 60

/** Whether a record is of level warn or above: the last to be dropped. */
export function isUrgent(level: string): boolean {
  return isFrom(WARN, level)
}

/** Whether a level is that of a record which is followed by the end of its process. */
export function isFatal(level: string): boolean {
  return isFrom(FATAL, level)
}

/** @param level - as `levelOf` gives it */
function isFrom(least: number, level: string): boolean {
  return (NAMED_LEVELS.get(level.toLowerCase()) ?? Number(level)) >= least
}

/** Whether a text is one line, as it is to be: pino's are. It takes two scans. */
export function isLine(text: string): boolean {
  const last = text.length - 1
  return last > 0 && text.indexOf('\n') === last && text.indexOf('\0') === -1
}

/** Turns a record into a line. Returns the same string when it is one already. */
export function toLine(record: string): string {
  return isLine(record) ? record : escapeLine(record)
}

/** Whether a text is made of lines only, so that nothing in it has to be escaped. */
export function isBlock(text: string): boolean {
  return text.endsWith('\n') && !text.startsWith('\n') && !text.includes('\n\n') && !text.includes('\0')
}

/**
 * Inner newlines become the two characters `\n`, and NULs the six characters `\u0000`, as JSON would have them; a
 * missing final newline is added. An empty record becomes a line with one space, because an empty line is the end mark
 * of a segment.
 */
function escapeLine(record: string): string {
  const body = record.endsWith('\n') ? record.slice(0, -1) : record
  const escaped = body.replaceAll('\0', '\\u0000').replaceAll('\n', '\\n')
  return escaped === '' ? ' \n' : `${escaped}\n`
}

/**
 * The line that stands in for one that is too long: a record of the same level that says so, and begins with what the
 * original began with.
 *
 * @param bytes - the length of the original
 */
export function oversizeLine(line: string, bytes: number): string {
  const level = LEVEL.exec(line.slice(0, KEPT_CHARACTERS))?.[1] ?? '50'
  const message = `pino-funnel: a record of ${bytes} bytes was cut, the limit is ${MAX_LINE_BYTES}`
  const kept = JSON.stringify(line.slice(0, KEPT_CHARACTERS))
  return `{"level":${level},"time":${wallNow()},"pid":${process.pid},"msg":"${message}","bytes":${bytes},"head":${kept}}\n`
}
