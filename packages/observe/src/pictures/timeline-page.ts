/**
 * A timeline as one HTML page that needs nothing else: the picture, with zoom and tooltips, and its events as a table.
 * Its policy allows no script but its own, and no request at all.
 */
import { createHash } from 'node:crypto'
import { countedText, spanText } from '../words/amounts.ts'
import { escapeXml } from './escape-xml.ts'
import { PAGE_SCRIPT } from './timeline-script.ts'
import { shownLanes } from './shown-lanes.ts'
import { uncounted } from './timeline-text.ts'
import { MOST_LANES, PLOT, timelineSvg } from './timeline-svg.ts'
import { zonedText } from '../words/zoned-text.ts'
import type { Timeline, TimelineEvent } from '../timeline/timeline.ts'

const STYLE = `
body { font: 14px system-ui, sans-serif; margin: 16px; color: #1b1f24; background: #fff }
#view { touch-action: none; cursor: grab; outline-offset: 4px }
#view svg { max-width: 100%; height: auto }
#tip { min-height: 1.5em }
table { border-collapse: collapse }
td, th { text-align: left; padding: 2px 16px 2px 0; vertical-align: top; white-space: nowrap }
td:last-child { white-space: normal }
button { font: inherit }
`

export function timelinePage(timeline: Timeline): string {
  const { log, from, to, width, lanes, events, records, olderEvents, gaps } = timeline
  const pictured = shownLanes(lanes, MOST_LANES).map(({ name, counts }) => ({ name, counts }))
  const data = { from, to, width, plot: PLOT, lanes: pictured }
  const hash = createHash('sha256').update(PAGE_SCRIPT).digest('base64')
  const facts = [
    `${countedText(records, 'record')} of ${countedText(lanes.length, 'worker')}`,
    `each bar ${spanText(width)}`,
    ...uncounted(timeline),
    ...gaps.map((gap) => `a part is missing: ${gap}`),
  ]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'">
<meta name="viewport" content="width=device-width">
<title>${escapeXml(`Timeline of ${log}`)}</title>
<style>${STYLE}</style>
<p>${escapeXml(facts.join('; '))}.</p>
<p><button id="in">zoom in (+)</button> <button id="out">zoom out (-)</button> <button id="all">all (0)</button>
The wheel zooms, dragging and the arrow keys move.</p>
<div id="view" tabindex="0">
${timelineSvg(timeline)}
</div>
<p id="tip" aria-live="polite"></p>
<h2>Events</h2>
${olderEvents > 0 ? `<p>Left out: ${countedText(olderEvents, 'earlier event')}.</p>` : ''}
${events.length === 0 ? '<p>None.</p>' : eventTable(events)}
<script type="application/json" id="data">${JSON.stringify(data).replaceAll('<', String.raw`\u003c`)}</script>
<script>${PAGE_SCRIPT}</script>
</html>
`
}

function eventTable(events: readonly TimelineEvent[]): string {
  const rows = events.map(
    ({ at, lane, text }) => `<tr><td>${zonedText(at)}<td>${escapeXml(lane ?? 'log')}<td>${escapeXml(text)}`,
  )
  return `<table>
<tr><th>time<th>worker<th>event
${rows.join('\n')}
</table>`
}
