/**
 * What went on in a log, from the log alone.
 *
 * @example
 * ```js
 * import { readTimeline, timelinePage } from '@pino-funnel/observe/timeline'
 *
 * await writeFile('timeline.html', timelinePage(await readTimeline('logs/app.log')))
 * ```
 */
export { timelinePage } from './pictures/timeline-page.ts'
export { timelineSvg } from './pictures/timeline-svg.ts'
export { timelineText, type TimelineView } from './pictures/timeline-text.ts'
export { withPresent } from './timeline/present.ts'
export { readTimeline, type TimelineOptions } from './timeline/read-timeline.ts'
export { type Lane, type Span, type Timeline, type TimelineEvent, type TimelineEventKind } from './timeline/timeline.ts'
