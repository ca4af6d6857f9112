import {
  DEFAULT_STALL_MS,
  FunnelError,
  LEAST_STALL_MS,
  LIFE_EVENTS,
  LIFE_FIELDS,
  PINO_LEVELS,
  type LifeEvent,
  type LifeOptions,
  type LifeRecord,
} from '@pino-funnel/channel'
import { isBoolean, optional, show, type Given } from './option-checks.ts'

/** Whether there is a record about an event, of which level, and what it says: `'{worker} died: {cause}'`. */
export type LifeRecordSetting =
  | boolean
  | string
  | number
  | { readonly level?: string | number; readonly message?: string }

/** See `DestinationOptions.life`. */
export interface LifeSettings extends Readonly<Partial<Record<LifeEvent, LifeRecordSetting>>> {
  /**
   * How long an event loop may stand still before that is a record, in milliseconds.
   * @defaultValue `1000`
   */
  readonly stallAfter?: number
}

const INFO = 30
const WARN = 40

const LEVELS: Readonly<Record<LifeEvent, number>> = {
  joined: INFO,
  left: INFO,
  died: WARN,
  replaced: WARN,
  stalled: WARN,
  stopped: WARN,
  resumed: INFO,
}

/** Whoever comes and goes in an orderly way is no news: a script that logs three lines has three lines in its log. */
const OFF: readonly LifeEvent[] = ['joined', 'left']

const EXPECTED = `true, false, or an object such as { joined: true, died: 'error', stallAfter: 1000 }`
const EXPECTED_RECORD = `true, false, a level, or { level, message }`

/** @throws FunnelError `FUNNEL_OPTION_INVALID` */
export function resolveLife(given: Given): LifeOptions {
  const life: boolean | LifeSettings = optional(given, 'life', EXPECTED, isLife, {})
  if (typeof life === 'boolean') return { records: life ? allRecords() : {}, stallAfter: DEFAULT_STALL_MS }
  refuseUnknown(life)
  const expected = `milliseconds from ${LEAST_STALL_MS} on`
  return {
    records: Object.fromEntries(LIFE_EVENTS.flatMap((event) => recordOf(event, life[event]))),
    stallAfter: optional(life as Given, 'stallAfter', expected, isStall, DEFAULT_STALL_MS),
  }
}

function allRecords(): LifeOptions['records'] {
  return Object.fromEntries(LIFE_EVENTS.map((event) => [event, { level: LEVELS[event] }]))
}

function recordOf(event: LifeEvent, setting: unknown): [] | [[LifeEvent, LifeRecord]] {
  if (setting === undefined && OFF.includes(event)) return []
  if (setting === undefined || setting === true) return [[event, { level: LEVELS[event] }]]
  if (setting === false) return []
  if (typeof setting !== 'object' || setting === null) return [[event, { level: levelOf(event, setting) }]]
  const { level = LEVELS[event], message, ...others } = setting as Given
  if (Object.keys(others).length > 0) throw invalid(event, EXPECTED_RECORD, setting)
  const record = { level: levelOf(event, level) }
  return [[event, message === undefined ? record : { ...record, message: messageOf(event, message) }]]
}

function levelOf(event: LifeEvent, level: unknown): number {
  if (typeof level === 'number' && Number.isInteger(level) && level >= 0) return level
  const number = typeof level === 'string' && Object.hasOwn(PINO_LEVELS, level) ? PINO_LEVELS[level] : undefined
  if (number !== undefined) return number
  throw invalid(event, `${EXPECTED_RECORD}; levels are ${Object.keys(PINO_LEVELS).join(', ')}, or a number`, level)
}

function messageOf(event: LifeEvent, message: unknown): string {
  if (typeof message !== 'string') throw invalid(event, 'a message that is text', message)
  const fields = LIFE_FIELDS[event]
  for (const [, field = ''] of message.matchAll(/\{(\w+)\}/g)) {
    if (!fields.includes(field)) throw invalid(event, `a message with {${fields.join('}, {')}} only`, message)
  }
  return message
}

function refuseUnknown(life: object): void {
  const known: readonly string[] = [...LIFE_EVENTS, 'stallAfter']
  const name = Object.keys(life).find((key) => !known.includes(key))
  if (name === undefined) return
  throw new FunnelError('FUNNEL_OPTION_INVALID', `The option 'life' has no '${name}'; it has ${known.join(', ')}.`)
}

function isLife(value: unknown): value is boolean | LifeSettings {
  return isBoolean(value) || (typeof value === 'object' && value !== null && !Array.isArray(value))
}

function isStall(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= LEAST_STALL_MS
}

function invalid(event: LifeEvent, expected: string, value: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `The option 'life.${event}' must be ${expected}, but ${show(value)} came.`,
  )
}
