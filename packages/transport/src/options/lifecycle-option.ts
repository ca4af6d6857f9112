import {
  DEFAULT_STALL_MS,
  FunnelError,
  LEAST_STALL_MS,
  LIFECYCLE_EVENTS,
  LIFECYCLE_FIELDS,
  PINO_LEVELS,
  type LifecycleEvent,
  type LifecycleOptions,
  type LifecycleRecord,
} from '@pino-funnel/channel'
import { isBoolean, optional, show, type Given } from './option-checks.ts'

/** Whether there is a record about an event, of which level, and what it says: `'{worker} died: {cause}'`. */
export type LifecycleRecordSetting =
  | boolean
  | string
  | number
  | { readonly level?: string | number; readonly message?: string }

/** See `DestinationOptions.lifecycle`. */
export interface LifecycleSettings extends Readonly<Partial<Record<LifecycleEvent, LifecycleRecordSetting>>> {
  /**
   * How long an event loop may stand still before that is a record, in milliseconds.
   * @defaultValue `1000`
   */
  readonly stallAfter?: number
}

const INFO = 30
const WARN = 40

const LEVELS: Readonly<Record<LifecycleEvent, number>> = {
  joined: INFO,
  left: INFO,
  died: WARN,
  replaced: WARN,
  stalled: WARN,
  stopped: WARN,
  resumed: INFO,
}

/** Whoever comes and goes in an orderly way is no news: a script that logs three lines has three lines in its log. */
const OFF: readonly LifecycleEvent[] = ['joined', 'left']

const EXPECTED = `true, false, or an object such as { joined: true, died: 'error', stallAfter: 1000 }`
const EXPECTED_RECORD = `true, false, a level, or { level, message }`

/** @throws FunnelError `FUNNEL_OPTION_INVALID` */
export function resolveLifecycle(given: Given): LifecycleOptions {
  const lifecycle: boolean | LifecycleSettings = optional(given, 'lifecycle', EXPECTED, isLifecycle, {})
  if (typeof lifecycle === 'boolean') return { records: lifecycle ? allRecords() : {}, stallAfter: DEFAULT_STALL_MS }
  refuseUnknown(lifecycle)
  const expected = `milliseconds from ${LEAST_STALL_MS} on`
  return {
    records: Object.fromEntries(LIFECYCLE_EVENTS.flatMap((event) => recordOf(event, lifecycle[event]))),
    stallAfter: optional(lifecycle as Given, 'stallAfter', expected, isStall, DEFAULT_STALL_MS),
  }
}

function allRecords(): LifecycleOptions['records'] {
  return Object.fromEntries(LIFECYCLE_EVENTS.map((event) => [event, { level: LEVELS[event] }]))
}

function recordOf(event: LifecycleEvent, setting: unknown): [] | [[LifecycleEvent, LifecycleRecord]] {
  if (setting === undefined && OFF.includes(event)) return []
  if (setting === undefined || setting === true) return [[event, { level: LEVELS[event] }]]
  if (setting === false) return []
  if (typeof setting !== 'object' || setting === null) return [[event, { level: levelOf(event, setting) }]]
  const { level = LEVELS[event], message, ...others } = setting as Given
  if (Object.keys(others).length > 0) throw invalid(event, EXPECTED_RECORD, setting)
  const record = { level: levelOf(event, level) }
  return [[event, message === undefined ? record : { ...record, message: messageOf(event, message) }]]
}

function levelOf(event: LifecycleEvent, level: unknown): number {
  if (typeof level === 'number' && Number.isInteger(level) && level >= 0) return level
  const number = typeof level === 'string' && Object.hasOwn(PINO_LEVELS, level) ? PINO_LEVELS[level] : undefined
  if (number !== undefined) return number
  throw invalid(event, `${EXPECTED_RECORD}; levels are ${Object.keys(PINO_LEVELS).join(', ')}, or a number`, level)
}

function messageOf(event: LifecycleEvent, message: unknown): string {
  if (typeof message !== 'string') throw invalid(event, 'a message that is text', message)
  const fields = LIFECYCLE_FIELDS[event]
  for (const [, field = ''] of message.matchAll(/\{(\w+)\}/g)) {
    if (!fields.includes(field)) throw invalid(event, `a message with {${fields.join('}, {')}} only`, message)
  }
  return message
}

function refuseUnknown(lifecycle: object): void {
  const known: readonly string[] = [...LIFECYCLE_EVENTS, 'stallAfter']
  const name = Object.keys(lifecycle).find((key) => !known.includes(key))
  if (name === undefined) return
  throw new FunnelError('FUNNEL_OPTION_INVALID', `The option 'lifecycle' has no '${name}'; it has ${known.join(', ')}.`)
}

function isLifecycle(value: unknown): value is boolean | LifecycleSettings {
  return isBoolean(value) || (typeof value === 'object' && value !== null && !Array.isArray(value))
}

function isStall(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= LEAST_STALL_MS
}

function invalid(event: LifecycleEvent, expected: string, value: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `The option 'lifecycle.${event}' must be ${expected}, but ${show(value)} came.`,
  )
}
