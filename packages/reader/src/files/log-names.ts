/**
 * Which files of a directory belong to a log, by their names.
 *
 * | name                              | what it is                                            |
 * |-----------------------------------|-------------------------------------------------------|
 * | `app.log`                         | the live file                                         |
 * | `app.3.log`, `app.2026-11-21.3.log` | rotated by pino-funnel; the higher, the younger     |
 * | `app.log.1`, `app.log-20261121`   | rotated by another program, such as logrotate         |
 * | the same with `.gz` or `.zst`     | compressed                                            |
 *
 * The reader does not know the option `dateFormat` of the log. So each text with two digits or more counts as a date,
 * unless the name without the number is a log of its own: `app.v2.1.log` belongs to `app.v2.log` where that exists.
 */
import type { Compression } from '@pino-funnel/channel'
import { parse as parsePath } from 'node:path'

export interface RotatedName {
  readonly name: string
  /** Its name before it was compressed. */
  readonly original: string
  /** `undefined` for a file that another program has rotated. */
  readonly number: number | undefined
  readonly compression: Compression | undefined
}

export const SUFFIXES: readonly (readonly [string, Compression])[] = [
  ['.gz', 'gzip'],
  ['.zst', 'zstd'],
]
const NUMBERED = /^(?:(.*)\.)?([1-9]\d{0,14})$/
const DATE = /^(?=(?:.*\d){2})\P{Cc}+$/u
/** What logrotate and its like add: `.1`, `-20261121`, `-20261121-1795272364`, `.2026-11-21_14`. */
const ADDED = /^[.-]\d[\dT:_.-]*$/

/** The names that a directory has. */
export interface Neighbours {
  /** Log files of the channel: they are never rotated files of another log. */
  readonly logs: ReadonlySet<string>
  readonly names: ReadonlySet<string>
}

/** `undefined` for a name that is not that of a rotated file of the log. */
export function parseRotatedName(file: string, name: string, neighbours: Neighbours): RotatedName | undefined {
  if (name === file || neighbours.logs.has(name)) return undefined
  const plain = parseOriginal(file, name, neighbours)
  if (plain) return { ...plain, name }
  const [suffix, compression] = SUFFIXES.find(([each]) => name.endsWith(each)) ?? []
  if (suffix === undefined) return undefined
  const original = parseOriginal(file, name.slice(0, -suffix.length), neighbours)
  return original && { ...original, name, compression }
}

function parseOriginal(file: string, name: string, neighbours: Neighbours): Omit<RotatedName, 'name'> | undefined {
  const number = numberIn(file, name, neighbours)
  const isAdded = name.startsWith(file) && ADDED.test(name.slice(file.length))
  return number === undefined && !isAdded ? undefined : { original: name, number, compression: undefined }
}

function numberIn(file: string, name: string, { logs, names }: Neighbours): number | undefined {
  const { name: base, ext } = parsePath(file)
  if (!name.startsWith(`${base}.`) || !name.endsWith(ext) || name.length <= base.length + ext.length) return undefined
  const [, date, digits] = NUMBERED.exec(name.slice(base.length + 1, name.length - ext.length)) ?? []
  if (digits === undefined) return undefined
  const sibling = `${base}.${date}${ext}`
  if (date !== undefined && (!DATE.test(date) || logs.has(sibling) || names.has(sibling))) return undefined
  return Number(digits)
}
