import {
  readTimeline,
  timelinePage,
  timelineSvg,
  timelineText,
  withPresent,
  type Timeline,
} from '@pino-funnel/observe/timeline'
import { writeFileSync } from 'node:fs'
import { UsageError } from '../access/usage-error.ts'
import { logsOf } from '../search/logs-of.ts'
import { parseTime } from '../access/time-option.ts'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Command, type Output } from './command.ts'

/** Without a terminal. */
const USUAL_COLUMNS = 120
/** Workers of each log. */
const SHOWN_LANES = 30
const SHOWN_EVENTS = 20

export const timeline: Command = {
  summary: 'show when which worker logged, started, stalled and died, from the log alone',
  readsFilesOnly: true,
  help: `Usage: pino-funnel timeline [--since time] [--until time] [--all] [--svg file] [--html file] <log file or directory>

Reads a log with its rotated and compressed files, also of a machine that is gone, and
shows for each worker when it logged how much, and when it started, stalled, was
stopped, died and was replaced. Needs no listener and changes nothing. Where a listener
lives, it also says what is wrong with the log now.

  --since, --until   10m, 2h, yesterday, 14:30, 2026-11-21, 2026-11-21T14:30:00Z
  --all              every worker and every event
  --svg <file>       write a picture
  --html <file>      write one page with zoom, tooltips and all events, that needs no other file

Exit codes: 0 done, 1 a part of the log can't be read.`,
  async run(args, output) {
    const { values, ...target } = parseCommandLine(args, {
      since: { type: 'string' },
      until: { type: 'string' },
      all: { type: 'boolean' },
      svg: { type: 'string' },
      html: { type: 'string' },
    })
    const now = Date.now()
    const { svg, html, all = false } = values
    const span = {
      ...(values.since !== undefined && { since: parseTime('--since', values.since, now) }),
      ...(values.until !== undefined && { until: parseTime('--until', values.until, now) }),
    }
    const { logs, channelDir } = await logsOf(target)
    const elsewhere = channelDir !== undefined && { channelDir }
    if ((svg ?? html) !== undefined && logs.length > 1) {
      throw new UsageError(`${target.path} stands for ${logs.length} logs, and a picture is of one. Name a log file`)
    }
    let hasGaps = false
    for (const log of logs) {
      const past = await readTimeline(log, { ...span, ...elsewhere, signal: output.closed })
      const read = values.until === undefined ? await withPresent(past, channelDir) : past
      hasGaps ||= read.gaps.length > 0
      if (svg !== undefined) writeFileSync(svg, timelineSvg(read))
      if (html !== undefined) writeFileSync(html, timelinePage(read))
      if ((svg ?? html) === undefined) show(read, all, output)
    }
    return hasGaps ? EXIT_FAILED : EXIT_OK
  },
}

function show(read: Timeline, all: boolean, output: Output): void {
  output.print(
    timelineText(read, {
      columns: output.terminal?.columns ?? USUAL_COLUMNS,
      hasColors: output.terminal?.hasColors ?? false,
      lanes: all ? Infinity : SHOWN_LANES,
      events: all ? Infinity : SHOWN_EVENTS,
    }),
  )
}
