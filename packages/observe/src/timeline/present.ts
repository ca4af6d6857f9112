import { CHANNEL_NAME, openChannel } from '@pino-funnel/channel'
import { basename, dirname, join } from 'node:path'
import { gatherStatus, type StatusReport } from '../live/status-report.ts'
import { troublesOf } from '../live/troubles.ts'
import type { Timeline, TimelineEvent } from './timeline.ts'

/**
 * Adds what is wrong with the log now, where a listener lives: a log has a record about a full disk only when there is
 * room again. Never throws.
 *
 * @param channelDir - where the log's channel is; in the log directory when it is left out
 */
export async function withPresent(timeline: Timeline, channelDir?: string): Promise<Timeline> {
  const report = await reportOf(channelDir ?? join(dirname(timeline.log), CHANNEL_NAME))
  // Without a listener the channel may be a copy, of a machine that is gone.
  if (!report?.listener) return timeline
  return { ...timeline, events: [...timeline.events, ...eventsOf(report, timeline.log, Date.now())] }
}

function eventsOf(report: StatusReport, log: string, at: number): TimelineEvent[] {
  return troublesOf(report)
    .filter(({ file }) => file === undefined || file === basename(log))
    .map(({ what, why }) => {
      const text = why === undefined ? `now: ${what}` : `now: ${what}: ${why}`
      return { kind: 'trouble', at, lane: undefined, text }
    })
}

async function reportOf(root: string): Promise<StatusReport | undefined> {
  try {
    const channel = openChannel(root)
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
