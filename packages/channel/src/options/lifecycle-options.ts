/** Lifecycle events of workers: which of them are records in the log, and how. */
import { isRecord, isWholeNumber } from '../util/values.ts'

/**
 * - `joined`: a worker has opened the log file
 * - `left`: it ended normally, was asked to end, or no process has reported how it has ended
 * - `died`: it has crashed, was killed, or has exited with another code than 0, as the worker or its parent reports
 * - `replaced`: another worker has taken the place of one that died
 * - `stalled`: its event loop does not turn, though the process lives
 * - `stopped`: the process was stopped by a signal
 * - `resumed`: the end of `stalled` or `stopped`
 * - `listener`: another listener has begun to write the log file
 */
export const LIFECYCLE_EVENTS = [
  'joined',
  'left',
  'died',
  'replaced',
  'stalled',
  'stopped',
  'resumed',
  'listener',
] as const
export type LifecycleEvent = (typeof LIFECYCLE_EVENTS)[number]

/** What the record about an event is like. */
export interface LifecycleRecord {
  /** As pino counts it. */
  readonly level: number
  /** In the place of the usual message: text with fields of the record in braces, such as `{worker}`. */
  readonly message?: string
  /** Only this kind of the event, of `left` and `listener`. */
  readonly how?: 'unknown' | 'lost'
}

export interface LifecycleOptions {
  /** Events that are missing here get no record. */
  readonly records: Readonly<Partial<Record<LifecycleEvent, LifecycleRecord>>>
  /** Ms for which an event loop may stand still before that is a record. */
  readonly stallAfter: number
}

export const DEFAULT_STALL_MS = 1000
/** Below that, a garbage collection would be a stall. */
export const LEAST_STALL_MS = 100

const INFO = 30
const WARN = 40

/** The levels of the records, unless the option has others. */
export const LIFECYCLE_LEVELS: Readonly<Record<LifecycleEvent, number>> = {
  joined: INFO,
  left: INFO,
  died: WARN,
  replaced: WARN,
  stalled: WARN,
  stopped: WARN,
  resumed: INFO,
  listener: WARN,
}

/**
 * Without the option. A script that logs three lines has three lines in its log: workers and listeners that come, and
 * those that leave in a known way, are not recorded.
 */
export const LIFECYCLE_BY_DEFAULT: LifecycleOptions = {
  records: {
    left: { level: LIFECYCLE_LEVELS.left, how: 'unknown' },
    died: { level: LIFECYCLE_LEVELS.died },
    replaced: { level: LIFECYCLE_LEVELS.replaced },
    stalled: { level: LIFECYCLE_LEVELS.stalled },
    stopped: { level: LIFECYCLE_LEVELS.stopped },
    resumed: { level: LIFECYCLE_LEVELS.resumed },
    listener: { level: LIFECYCLE_LEVELS.listener, how: 'lost' },
  },
  stallAfter: DEFAULT_STALL_MS,
}

export const NO_LIFECYCLE_RECORDS: LifecycleOptions = { records: {}, stallAfter: DEFAULT_STALL_MS }

/** @param how - of an event `left` or `listener` */
export function isRecorded({ records }: LifecycleOptions, event: LifecycleEvent, how?: string): boolean {
  const record = records[event]
  return record !== undefined && (record.how === undefined || record.how === how)
}

/** Reads options back from a header. A value that makes no sense counts as missing. */
export function decodeLifecycleOptions(value: unknown): LifecycleOptions {
  if (!isRecord(value)) return NO_LIFECYCLE_RECORDS
  const { records, stallAfter } = value
  const known = LIFECYCLE_EVENTS.flatMap((event) => {
    const record = isRecord(records) ? decodeRecord(records[event]) : undefined
    return record ? [[event, record] as const] : []
  })
  return {
    records: Object.fromEntries(known),
    stallAfter: isWholeNumber(stallAfter) ? Math.max(stallAfter, LEAST_STALL_MS) : DEFAULT_STALL_MS,
  }
}

function decodeRecord(value: unknown): LifecycleRecord | undefined {
  if (!isRecord(value) || !isWholeNumber(value['level'])) return undefined
  const { level, message, how } = value
  return {
    level,
    ...(typeof message === 'string' && { message }),
    ...((how === 'unknown' || how === 'lost') && { how }),
  }
}
