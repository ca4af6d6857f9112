/** What engines need to know of a record: its fields, time and level, in the forms that pino writes. */
import { isPlainObject, levelNumber, recordTime } from '@pino-funnel/channel'

export interface RecordFields {
  /** `undefined` for a line that is not a JSON object. */
  readonly fields: Readonly<Record<string, unknown>> | undefined
  /** Ms since the epoch. */
  readonly time: number | undefined
  readonly level: number | undefined
}

export function fieldsOf(line: string): RecordFields {
  const fields = parsed(line)
  const time = recordTime(fields?.['time'])
  return { fields, time: Number.isNaN(time) ? undefined : time, level: levelNumber(fields?.['level']) }
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isPlainObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const NAMES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type LevelName = (typeof NAMES)[number]

/** pino's name for a level, or the nearest one below: `info` for 35. */
export function levelName(level: number): LevelName {
  return NAMES[Math.min(NAMES.length, Math.max(1, Math.floor(level / 10))) - 1] ?? 'info'
}
