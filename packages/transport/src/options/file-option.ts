import { hostname } from 'node:os'
import { basename, dirname, join, parse as parsePath } from 'node:path'
import { fileURLToPath } from 'node:url'
import { threadId } from 'node:worker_threads'
import { fieldReader, levelIn, type ValueReader } from '../naming/record-value.ts'
import { VALUE } from '../naming/value-name.ts'
import { isUrl, mustBe, optionError, type Given } from './option-checks.ts'
import { startedScript } from '../worker/started-script.ts'
import { workerBindings, workerName } from '../worker/worker-profile.ts'

const PATH_EXPECTED = `a path such as 'logs/app.log', or a file: URL such as 'file:///srv/logs/app.log'`

/**
 * An option that names a file or a directory: a path, or a `file:` URL, as text or as an object.
 *
 * @throws FunnelError `FUNNEL_OPTION_INVALID`, also when it is missing
 */
export function pathOption(given: Given, name: string): string {
  const value = given[name]
  if (value === undefined) throw optionError(name, `is missing: set it to ${PATH_EXPECTED}`)
  const url = isUrl(value) ? value.href : value
  if (typeof url === 'string' && (isUrl(value) || /^file:\/\//i.test(url))) return pathOfUrl(url, name)
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value
  throw mustBe(name, PATH_EXPECTED, value)
}

function pathOfUrl(url: string, name: string): string {
  try {
    const path = fileURLToPath(url)
    if (!path.includes('\0')) return path
  } catch {
    // The error below has the URL.
  }
  throw optionError(name, `must be ${PATH_EXPECTED}; the URL ${url} names no file of this machine`)
}

/** Placeholders in the name of a log file that give each worker, process or program a file of its own. */
const OF_THE_WORKER: Readonly<Record<string, () => string>> = {
  worker: workerName,
  pool: () => workerBindings().pool ?? 'none',
  slot: () => String(workerBindings().slot ?? 'none'),
  pid: () => String(process.pid),
  thread: () => String(threadId),
  hostname,
  program: () => parsePath(startedScript() ?? process.execPath).name,
}

/** A doubled brace, or a placeholder: as in the templates of the option `format`. */
const BRACES = /\{\{|\}\}|\{([^{}]*)\}/g
const DOUBLE = 'A brace that stands for itself is doubled: {{ or }}'

const KNOWN = [...Object.keys(OF_THE_WORKER), 'level', 'field:<name>'].map((name) => `{${name}}`)

/** A log file's name without placeholders, except that of the record, if there is one. */
export interface FilledFile {
  /** With `VALUE` in it when `placeholder` is set. */
  readonly file: string
  readonly placeholder: RecordPlaceholder | undefined
}

/** `{level}` or `{field:<name>}`: each of its values has a log file of its own. */
export interface RecordPlaceholder {
  /** As it was given, with its braces. */
  readonly text: string
  readonly valueIn: ValueReader
}

/**
 * Fills in the placeholders of the worker, `logs/{worker}.log`, and finds the placeholder of the record:
 * `logs/{level}.log`. A brace that stands for itself is doubled, `logs/{{app}}.log`.
 *
 * @throws FunnelError `FUNNEL_OPTION_INVALID` for a placeholder that does not exist; for one in the directory, since
 * each directory has a listener of its own; and for two of the record, since the number of files would have no bound
 */
export function fillPlaceholders(file: string): FilledFile {
  const directory = dirname(file).replaceAll(BRACES, (text, inside: string | undefined) => {
    if (inside === undefined) return text.charAt(0)
    throw optionError(
      'file',
      `has a placeholder in its directory (${dirname(file)}); it can be in the file's name only. ${DOUBLE}`,
    )
  })
  const ofTheRecord: RecordPlaceholder[] = []
  const name = basename(file).replaceAll(BRACES, (text, inside: string | undefined) => {
    if (inside === undefined) return text.charAt(0)
    const valueIn = readerOf(inside)
    if (!valueIn) return valueOf(inside)
    ofTheRecord.push({ text, valueIn })
    return VALUE
  })
  const [placeholder, second] = ofTheRecord
  if (placeholder && second) {
    throw optionError(
      'file',
      `has ${placeholder.text} and ${second.text}; only one of its placeholders can be of the record`,
    )
  }
  return { file: file.search(BRACES) !== -1 ? join(directory, name) : file, placeholder }
}

/** `undefined` when it is not a placeholder of the record. */
function readerOf(inside: string): ValueReader | undefined {
  if (inside === 'level') return levelIn
  const [, field] = /^field:(.+)$/s.exec(inside) ?? []
  return field === undefined ? undefined : fieldReader(field)
}

function valueOf(inside: string): string {
  const value = Object.hasOwn(OF_THE_WORKER, inside) ? OF_THE_WORKER[inside]?.() : undefined
  if (value !== undefined) return value.replaceAll(/[^\w.-]/g, '_')
  throw optionError(
    'file',
    `has {${inside}}, which does not exist; the placeholders are ${KNOWN.join(', ')}. ${DOUBLE}`,
  )
}
