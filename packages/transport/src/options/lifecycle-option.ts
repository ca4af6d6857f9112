/** The option `lifecycle`: which events in the lifecycle of a worker are records in its log, and how. */
import {
  DEFAULT_STALL_MS,
  LEAST_STALL_MS,
  LIFECYCLE_BY_DEFAULT,
  LIFECYCLE_EVENTS,
  LIFECYCLE_FIELDS,
  LIFECYCLE_LEVELS,
  isRecord,
  levelNumber,
  PINO_LEVELS,
  type LifecycleEvent,
  type LifecycleOptions,
  type LifecycleRecord,
} from '@pino-funnel/channel'
import { isBoolean, isWholeFrom, mustBe, optional, refuseUnknownFields, type Given } from './option-checks.ts'

/** Whether an event is recorded, at which level, and with which message: `'{worker} died: {cause}'`. */
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

const NAMES = Object.keys(PINO_LEVELS)

const EXPECTED = `true, false, or an object such as { joined: true, died: 'error', stallAfter: 1000 }`
const EXPECTED_RECORD = `true, false, a level, or { level, message }`

/** @throws FunnelError `FUNNEL_OPTION_INVALID` */
export function resolveLifecycle(given: Given): LifecycleOptions {
  const lifecycle: boolean | LifecycleSettings = optional(given, 'lifecycle', EXPECTED, isLifecycle, {})
  if (typeof lifecycle === 'boolean') return { records: lifecycle ? allRecords() : {}, stallAfter: DEFAULT_STALL_MS }
  refuseUnknownFields('lifecycle', lifecycle as Given, [...LIFECYCLE_EVENTS, 'stallAfter'])
  const named = { 'lifecycle.stallAfter': lifecycle.stallAfter }
  const expected = `a whole number of milliseconds from ${LEAST_STALL_MS} on`
  return {
    records: Object.fromEntries(LIFECYCLE_EVENTS.flatMap((event) => recordOf(event, lifecycle[event]))),
    stallAfter: optional(named, 'lifecycle.stallAfter', expected, isWholeFrom(LEAST_STALL_MS), DEFAULT_STALL_MS),
  }
}

function allRecords(events: readonly LifecycleEvent[] = LIFECYCLE_EVENTS): LifecycleOptions['records'] {
  return Object.fromEntries(events.map((event) => [event, { level: LIFECYCLE_LEVELS[event] }]))
}

function recordOf(event: LifecycleEvent, setting: unknown): [] | [[LifecycleEvent, LifecycleRecord]] {
  if (setting === undefined) {
    const record = LIFECYCLE_BY_DEFAULT.records[event]
    return record ? [[event, record]] : []
  }
  if (setting === true) return [[event, { level: LIFECYCLE_LEVELS[event] }]]
  if (setting === false) return []
  if (typeof setting !== 'object' || setting === null) return [[event, { level: levelOf(event, setting) }]]
  const { level = LIFECYCLE_LEVELS[event], message, ...others } = setting as Given
  if (Object.keys(others).length > 0) throw mustBe(`lifecycle.${event}`, EXPECTED_RECORD, setting)
  const record = { level: levelOf(event, level) }
  return [[event, message === undefined ? record : { ...record, message: messageOf(event, message) }]]
}

function levelOf(event: LifecycleEvent, level: unknown): number {
  const number = levelNumber(level)
  if (number !== undefined && Number.isInteger(number) && number >= 0) return number
  throw mustBe(`lifecycle.${event}`, `${EXPECTED_RECORD}; levels are ${NAMES.join(', ')}, or a number`, level)
}

function messageOf(event: LifecycleEvent, message: unknown): string {
  if (typeof message !== 'string') throw mustBe(`lifecycle.${event}`, 'a message that is text', message)
  const fields = LIFECYCLE_FIELDS[event]
  for (const [, field = ''] of message.matchAll(/\{(\w+)\}/g)) {
    if (!fields.includes(field))
      throw mustBe(`lifecycle.${event}`, `a message with {${fields.join('}, {')}} only`, message)
  }
  return message
}

function isLifecycle(value: unknown): value is boolean | LifecycleSettings {
  return isBoolean(value) || isRecord(value)
}
