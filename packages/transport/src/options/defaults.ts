/**
 * What applies where an option of a log file is left out. What reads these options is loaded only where one is given:
 * rolldown.config.js.
 */
import { DEFAULT_STALL_MS, type LifecycleOptions, type LogOptions } from '@pino-funnel/channel'

const INFO = 30
const WARN = 40

/** Each option that has to do with rotation. */
export const ROTATION_OPTIONS = [
  'size',
  'frequency',
  'rotateAtStart',
  'utc',
  'dateFormat',
  'extension',
  'symlink',
  'limit',
  'compress',
] as const

/**
 * A script that logs three lines has three lines in its log: workers that come, and those that leave in a known way, are
 * not recorded.
 */
const LIFECYCLE: LifecycleOptions = {
  records: {
    left: { level: INFO, how: 'unknown' },
    died: { level: WARN },
    replaced: { level: WARN },
    stalled: { level: WARN },
    stopped: { level: WARN },
    resumed: { level: INFO },
  },
  stallAfter: DEFAULT_STALL_MS,
}

export const BY_DEFAULT: Pick<LogOptions, 'rotation' | 'format' | 'sinks' | 'lifecycle'> = {
  rotation: { utc: false, atStart: false, limit: {} },
  format: { type: 'ndjson' },
  sinks: [],
  lifecycle: LIFECYCLE,
}
