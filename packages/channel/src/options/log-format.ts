/**
 * The format of the lines of a log file, as a worker passes it to the listener.
 *
 * A format says all that is needed to render a line: two listeners that render the same line for the same format, one
 * after the other, must come to the same bytes. That is why the worker's time zone is in it.
 */
import { isPlainObject, findNonJson, type JsonObject } from '../util/json.ts'
import { prettyOptionMistake } from './pretty-options.ts'
import { parseTemplate } from './template.ts'
import { isTimeZone } from './time-zone.ts'

/** The format of a log file: as pino writes it, text by a template, or what pino-pretty makes of it. */
export type LogFormat = NdjsonFormat | TextFormat | PrettyFormat

export interface NdjsonFormat {
  readonly type: 'ndjson'
}

export interface TextFormat {
  readonly type: 'text'
  /** See `parseTemplate`. */
  readonly template: string
  /** IANA name of the time zone of all times, such as `'Europe/Berlin'`. */
  readonly timeZone: string
  /** Numbers of levels by their names, in addition to those of pino. */
  readonly customLevels: Readonly<Record<string, number>>
}

export interface PrettyFormat {
  readonly type: 'pretty'
  /** Options for pino-pretty. */
  readonly options: JsonObject
}

/**
 * The format that a value from a file describes, or `undefined` when it describes none that can be rendered here.
 * Fields that are not known are passed over: a later version may have them.
 */
export function decodeLogFormat(value: unknown): LogFormat | undefined {
  if (!isPlainObject(value)) return undefined
  switch (value['type']) {
    case 'ndjson':
      return { type: 'ndjson' }
    case 'text':
      return decodeText(value)
    case 'pretty':
      return decodePretty(value)
    default:
      return undefined
  }
}

function decodeText({ template, timeZone, customLevels }: Readonly<Record<string, unknown>>): TextFormat | undefined {
  if (!isTemplate(template) || !isTimeZone(timeZone) || !isCustomLevels(customLevels)) return undefined
  return { type: 'text', template, timeZone, customLevels }
}

function decodePretty({ options }: Readonly<Record<string, unknown>>): PrettyFormat | undefined {
  if (!isPlainObject(options) || findNonJson(options, '') !== undefined) return undefined
  return prettyOptionMistake(options) === undefined ? { type: 'pretty', options: options as JsonObject } : undefined
}

function isTemplate(value: unknown): value is string {
  if (typeof value !== 'string') return false
  try {
    return parseTemplate(value).length > 0
  } catch {
    return false
  }
}

/** Whether a value gives levels numbers by their names, as pino's option of that name does. */
export function isCustomLevels(value: unknown): value is Readonly<Record<string, number>> {
  if (!isPlainObject(value)) return false
  return Object.entries(value).every(([name, number]) => LEVEL_NAME.test(name) && Number.isFinite(number))
}

/** Names become part of a line as they are. */
const LEVEL_NAME = /^[^\p{Cc}\u2028\u2029]+$/u
