import { CHANNEL_NAME, openChannel } from '@pino-funnel/channel'
import { basename, dirname, join } from 'node:path'
import { gatherStatus, type StatusReport } from '../live/status-report.ts'
import { troublesOf } from '../live/troubles.ts'
import type { Timeline, TimelineEvent } from './timeline.ts'

/**
 * Adds what is wrong with the log now, where it has a channel beside it: a log has a record about a full disk only when
 * there is room again. Never throws.
 */
export async function withPresent(timeline: Timeline): Promise<Timeline> {
  const report = await reportOf(dirname(timeline.log))
  return report
    ? { ...timeline, events: [...timeline.events, ...eventsOf(report, timeline.log, Date.now())] }
    : timeline
}

function eventsOf(report: StatusReport, log: string, at: number): TimelineEvent[] {
  return troublesOf(report)
    .filter(({ file }) => file === undefined || file === basename(log))
    .map(({ what, why }) => {
      const text = why === undefined ? `now: ${what}` : `now: ${what}: ${why}`
      return { kind: 'trouble', at, lane: undefined, text }
    })
}

async function reportOf(logDirectory: string): Promise<StatusReport | undefined> {
  try {
    const channel = openChannel(join(logDirectory, CHANNEL_NAME))
    try {
      return await gatherStatus(channel)
    } finally {
      channel.close()
    }
  } catch {
    // There is none, or this user may not read it.
    return undefined
  }
}
