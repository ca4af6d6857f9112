/**
 * The option `format`: what a user may write, and what becomes of it.
 */
import { inspect } from 'node:util'
import { FunnelError } from '../util/errors.ts'
import { findNonJson, isPlainObject, type JsonObject } from '../util/json.ts'
import { isCustomLevels, type LogFormat, type PrettyFormat, type TextFormat } from '../options/log-format.ts'
import { prettyOptionMistake } from '../options/pretty-options.ts'
import { parseTemplate } from '../options/template.ts'
import { ownTimeZone } from '../options/time-zone.ts'

/**
 * What the option `format` takes.
 *
 * - `'ndjson'`: as pino writes it.
 * - a template such as `'{time:HH:mm:ss.SSS} {level:LABEL} {msg} {*}'`: one line of text for each record. As an object it
 *   has options: `utc` for times in UTC instead of the process's time zone, `customLevels` as they are given to pino.
 * - `'pretty'`, or `{ pretty: options }`: what pino-pretty makes of it. The options must be JSON, because it runs in the
 *   listener's process; `colorize` is `false` by default.
 */
export type LogFormatOption =
  | 'ndjson'
  | 'pretty'
  // Keeps the two names above in an editor's suggestions.
  | (string & {})
  | { readonly template: string; readonly utc?: boolean; readonly customLevels?: Readonly<Record<string, number>> }
  | { readonly pretty: JsonObject }

/** The format travels in the header of a mailbox, which has 4096 bytes for all there is to say. */
const MAX_BYTES = 2048

const EXPECTED =
  `'ndjson', 'pretty', a template with a placeholder such as '{time} {level:LABEL} {msg}', ` +
  `{ template, utc, customLevels } or { pretty: options }`

/**
 * Checks the value of the option `format`, and makes it complete.
 *
 * @param given - `undefined` stands for `'ndjson'`
 * @throws FunnelError `FUNNEL_OPTION_INVALID` naming what was expected and what came, and where in a template
 */
export function resolveLogFormat(given: unknown): LogFormat {
  const format = read(given)
  const bytes = Buffer.byteLength(JSON.stringify(format))
  if (bytes <= MAX_BYTES) return format
  throw invalid(`takes ${bytes} bytes as JSON, and ${MAX_BYTES} are allowed: make it shorter`)
}

function read(given: unknown): LogFormat {
  if (given === undefined || given === 'ndjson') return { type: 'ndjson' }
  if (given === 'pretty') return { type: 'pretty', options: {} }
  if (typeof given === 'string') return readText({ template: given })
  if (isPlainObject(given) && given['template'] !== undefined) return readText(given)
  if (isPlainObject(given) && given['pretty'] !== undefined) return readPretty(given)
  throw unexpected('', EXPECTED, given)
}

function readText(given: Given): TextFormat {
  refuseUnknown(given, ['template', 'utc', 'customLevels'])
  const { template, utc = false, customLevels = {} } = given
  if (typeof template !== 'string') throw unexpected('.template', `text such as '{time} {msg}'`, template)
  if (!template.includes('{')) throw unexpected('', EXPECTED, template)
  if (typeof utc !== 'boolean') throw unexpected('.utc', 'true or false', utc)
  if (!isCustomLevels(customLevels)) {
    throw unexpected('.customLevels', 'names of levels with their numbers, such as { notice: 35 }', customLevels)
  }
  // Workers whose time zones differ have the same format as long as no time is printed.
  const usesTimeZone = parseTemplate(template).some(({ kind }) => kind === 'time')
  return { type: 'text', template, timeZone: utc || !usesTimeZone ? 'UTC' : ownTimeZone(), customLevels }
}

function readPretty(given: Given): PrettyFormat {
  refuseUnknown(given, ['pretty'])
  const options = given['pretty']
  if (!isPlainObject(options)) throw unexpected('.pretty', `an object with options for pino-pretty`, options)
  const present = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const mistake = prettyOptionMistake(present)
  if (mistake !== undefined) throw invalid(`has an option for pino-pretty that can't be: ${mistake}`)
  const misfit = findNonJson(present, 'pretty')
  if (!misfit) return { type: 'pretty', options: present as JsonObject }
  throw invalid(`must be JSON, because pino-pretty runs in the listener's process, but ${misfit.path} is not`)
}

type Given = Readonly<Record<string, unknown>>

function refuseUnknown(given: Given, known: readonly string[]): void {
  const name = Object.keys(given).find((key) => !known.includes(key) && given[key] !== undefined)
  if (name !== undefined) throw invalid(`has no '${name}'; it can be ${EXPECTED}`)
}

function unexpected(path: string, expected: string, came: unknown): FunnelError {
  const text = inspect(came, { depth: 1, breakLength: Infinity })
  const type = came === null ? 'null' : typeof came
  return new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `The option 'format${path}' must be ${expected}, but ${text.slice(0, 100)} (${type}) came.`,
  )
}

function invalid(what: string): FunnelError {
  return new FunnelError('FUNNEL_OPTION_INVALID', `The option 'format' ${what}.`)
}
