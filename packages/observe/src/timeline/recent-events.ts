import { recordTime } from '@pino-funnel/channel'
import { parseRecord } from '@pino-funnel/listener/records'
import { linesOf, portionsBackwards, type Portion } from '@pino-funnel/reader'
import { join } from 'node:path'
import type { StatusReport } from '../live/status-report.ts'
import { NOTICE, timelineNotice } from './notices.ts'

/** Something that the log says about a worker or itself; `at` is ms since the epoch. */
export interface SeenEvent {
  readonly at: number
  readonly text: string
}

const RECENT_MS = 60_000
const MOST_EVENTS = 5
/** Read of the end of a log: a command that says how things are must not take long. */
const MOST_BYTES = 4 * 1024 * 1024
const MOST_LOGS = 20

/** The last events of the last minute in the logs of a report, the oldest first. Never throws. */
export async function recentEvents(report: StatusReport, now: number): Promise<SeenEvent[]> {
  const { channel, listener, mailboxes, logDirectory } = report
  const files = [...(listener?.answers ? listener.files : []), ...mailboxes].map(({ file }) => file)
  const logs = [...new Set(files)].slice(0, MOST_LOGS)
  const since = now - RECENT_MS
  const seen = await Promise.all(
    logs.map(async (name) => eventsOf(join(logDirectory, name), channel, since).catch(() => [])),
  )
  return seen
    .flat()
    .sort((one, other) => one.at - other.at)
    .slice(-MOST_EVENTS)
}

async function eventsOf(log: string, channelDir: string, since: number): Promise<SeenEvent[]> {
  const events: SeenEvent[] = []
  let bytes = 0
  for await (const portion of portionsBackwards(log, { channelDir, onGap: () => {} })) {
    if (portion.bytes.includes(NOTICE)) events.push(...eventsIn(portion))
    bytes += portion.bytes.length
    if (bytes > MOST_BYTES || firstTime(portion) < since) break
  }
  return events.filter(({ at }) => at >= since)
}

function eventsIn(portion: Portion): SeenEvent[] {
  return [...linesOf(portion)].flatMap(({ bytes }) => {
    if (!bytes.includes(NOTICE)) return []
    const record = parseRecord(bytes) ?? {}
    const notice = timelineNotice(record)
    return notice ? [{ at: recordTime(record['time']), text: notice.text }] : []
  })
}

/** NaN for a line that is not a record. */
function firstTime(portion: Portion): number {
  for (const { bytes } of linesOf(portion)) return recordTime(parseRecord(bytes)?.['time'])
  return NaN
}
