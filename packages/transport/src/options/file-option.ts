import { hostname } from 'node:os'
import { basename, dirname, join, parse as parsePath } from 'node:path'
import { threadId } from 'node:worker_threads'
import { fieldReader, levelIn, type ValueReader } from '../naming/record-value.ts'
import { VALUE } from '../naming/value-name.ts'
import { optionError } from './option-checks.ts'
import { startedScript } from '../worker/started-script.ts'
import { workerBindings, workerName } from '../worker/worker-identity.ts'

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
 * `logs/{level}.log`.
 *
 * @throws FunnelError `FUNNEL_OPTION_INVALID` for a placeholder that does not exist; for one in the directory, since
 * each directory has a listener of its own; and for two of the record, since the number of files would have no bound
 */
export function fillPlaceholders(file: string): FilledFile {
  const directory = dirname(file)
  if (/\{[^{}]*\}/.test(directory)) {
    throw optionError('file', `has a placeholder in its directory (${directory}); it can be in the file's name only`)
  }
  const ofTheRecord: RecordPlaceholder[] = []
  const name = basename(file).replaceAll(/\{([^{}]*)\}/g, (text, inside: string) => {
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
  return { file: name === basename(file) ? file : join(directory, name), placeholder }
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
  throw optionError('file', `has {${inside}}, which does not exist; the placeholders are ${KNOWN.join(', ')}`)
}
