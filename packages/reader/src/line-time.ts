import { isRecord, recordTime } from '@pino-funnel/channel'

/** The time of a record, in ms since the epoch; NaN for a line that is not a record, or has no time. */
export function timeOfLine(line: Buffer): number {
  try {
    // A file may begin with a byte order mark.
    const record: unknown = JSON.parse(line.toString().replace(/^\uFEFF/, ''))
    return isRecord(record) ? recordTime(record['time']) : NaN
  } catch {
    return NaN
  }
}
