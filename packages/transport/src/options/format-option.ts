/**
 * The option `format`: what a user may write, and what becomes of it.
 */
import {
  findNonJson,
  isCustomLevels,
  isPlainObject,
  ownTimeZone,
  parseTemplate,
  prettyOptionMistake,
  type JsonObject,
  type LogFormat,
  type PrettyFormat,
  type TextFormat,
} from '@pino-funnel/channel'
import { isBoolean, mustBe, checked, optionError, refuseUnknownFields, type Given } from './option-checks.ts'

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

/** The format is a part of each worker's mailbox header. */
const MAX_BYTES = 2048

const EXPECTED =
  `'ndjson', 'pretty', a template with a placeholder such as '{time} {level:LABEL} {msg}', ` +
  `{ template, utc, customLevels } or { pretty: options }`

const LEVELS_EXPECTED = 'names of levels with their numbers, such as { notice: 35 }'

/**
 * Checks the value of the option `format`, and makes it complete.
 *
 * @param given - `undefined` stands for `'ndjson'`
 * @throws FunnelError `FUNNEL_OPTION_INVALID` that names the values it takes, the value it got, and where in a template
 * the mistake is
 */
export function resolveLogFormat(given: unknown): LogFormat {
  const format = read(given)
  const bytes = Buffer.byteLength(JSON.stringify(format))
  if (bytes <= MAX_BYTES) return format
  throw optionError('format', `must take ${MAX_BYTES} bytes of JSON at most; got ${bytes}. Make it shorter`)
}

function read(given: unknown): LogFormat {
  if (given === undefined || given === 'ndjson') return { type: 'ndjson' }
  if (given === 'pretty') return { type: 'pretty', options: {} }
  if (typeof given === 'string') return readText({ template: given })
  if (isPlainObject(given) && given['template'] !== undefined) return readText(given)
  if (isPlainObject(given) && given['pretty'] !== undefined) return readPretty(given)
  throw mustBe('format', EXPECTED, given)
}

function readText(given: Given): TextFormat {
  refuseUnknownFields('format', given, ['template', 'utc', 'customLevels'])
  const { template, utc = false, customLevels = {} } = given
  if (typeof template !== 'string') throw mustBe('format.template', `text such as '{time} {msg}'`, template)
  if (!template.includes('{')) throw mustBe('format', EXPECTED, template)
  const isUtc = checked(utc, 'format.utc', 'true or false', isBoolean)
  const levels = checked(customLevels, 'format.customLevels', LEVELS_EXPECTED, isCustomLevels)
  // Workers whose time zones differ have the same format as long as no time is printed.
  const usesTimeZone = parseTemplate(template).some(({ kind }) => kind === 'time')
  return { type: 'text', template, timeZone: isUtc || !usesTimeZone ? 'UTC' : ownTimeZone(), customLevels: levels }
}

function readPretty(given: Given): PrettyFormat {
  refuseUnknownFields('format', given, ['pretty'])
  const options = checked(given['pretty'], 'format.pretty', 'an object with options for pino-pretty', isPlainObject)
  const present = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const mistake = prettyOptionMistake(present)
  if (mistake !== undefined) throw optionError('format', `has an option that pino-pretty can't have here: ${mistake}`)
  const misfit = findNonJson(present, 'pretty')
  if (!misfit) return { type: 'pretty', options: present as JsonObject }
  throw optionError('format', `must be JSON, because pino-pretty runs in the listener's process; ${misfit.path} is not`)
}
