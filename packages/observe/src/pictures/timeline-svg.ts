/**
 * A timeline as a picture. States differ by pattern and marks by form, so that no color is needed to read it. Each mark
 * has its words as a tooltip.
 *
 * Bars lie in an inner `svg` whose unit is the millisecond since the beginning: a page zooms by changing its view box.
 */
import { countedText, countText, spanText } from '../words/amounts.ts'
import { escapeXml } from './escape-xml.ts'
import { highestCount, shownLanes } from './shown-lanes.ts'
import { zonedText } from '../words/zoned-text.ts'
import type { Lane, Timeline, TimelineEvent, TimelineEventKind } from '../timeline/timeline.ts'

/** Of the picture, in its units. */
export const PLOT = { left: 170, width: 900, top: 46, lane: 26 } as const
const WIDTH = PLOT.left + PLOT.width + 110
const BAR_HEIGHT = 20
const TICKS = 6
/** Lanes of one picture. */
export const MOST_LANES = 200

/** Forms around 0, 0, about 10 wide. */
const FORMS: Readonly<Partial<Record<TimelineEventKind, string>>> = {
  joined: 'M-4-5L4 0L-4 5Z',
  left: 'M-3-3H3V3H-3Z',
  died: 'M-5-7L0-2L5-7L7-5L2 0L7 5L5 7L0 2L-5 7L-7 5L-2 0L-7-5Z',
  replaced: 'M0-6L6 0L0 6L-6 0Z',
  dropped: 'M-6-5H6L0 6Z',
  trouble: 'M0-6L6 5H-6Z',
  listener: 'M-2-7H2V7H-2Z',
  rotated: 'M-1-7H1V7H-1Z',
  gap: 'M-5-1H5V1H-5Z',
}

const STYLE = `
text { font: 12px ui-monospace, monospace; fill: #1b1f24 }
.small { font-size: 11px; fill: #57606a }
.bars { fill: #4a7ba6 }
.stalled { fill: url(#stalled); stroke: #7a5900 }
.stopped { fill: url(#stopped); stroke: #8a1c1c }
.mark { fill: #1b1f24; stroke: #fff; stroke-width: 1 }
.mark.died, .mark.dropped, .mark.trouble { fill: #b3261e }
.rule { stroke: #d0d7de }
`

/** @returns an SVG document, or the element for a page */
export function timelineSvg(timeline: Timeline): string {
  const { from, to, lanes, log, records } = timeline
  const span = Math.max(1, to - from)
  const shown = shownLanes(lanes, MOST_LANES)
  const logEvents = timeline.events.filter(({ lane }) => lane === undefined)
  const rows = shown.length + (logEvents.length > 0 ? 1 : 0)
  const plotHeight = Math.max(1, rows) * PLOT.lane
  const height = PLOT.top + plotHeight + 46
  const most = highestCount(shown.map(({ counts }) => counts))
  const at = (time: number): number => round(PLOT.left + ((time - from) / span) * PLOT.width)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(`Timeline of ${log}`)}">`,
    `<style>${STYLE}</style>`,
    PATTERNS,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="8" y="18">${escapeXml(log)}</text>`,
    `<text x="${WIDTH - 8}" y="18" text-anchor="end" class="small">${escapeXml(`${countedText(records, 'record')}, ${zonedText(from)} to ${zonedText(to)}`)}</text>`,
    `<g id="ticks">${ticks(from, span, plotHeight)}</g>`,
    ...shown.map((lane, row) => laneText(lane, row)),
    `<svg id="plot" x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.width}" height="${plotHeight}" viewBox="0 0 ${span} ${plotHeight}" preserveAspectRatio="none">`,
    ...shown.flatMap((lane, row) => laneBars(lane, row, timeline, most)),
    '</svg>',
    '<g id="marks">',
    ...shown.flatMap(({ marks }, row) => marks.map((mark) => markForm(mark, row, at(mark.at)))),
    ...logEvents.map((event) => markForm(event, shown.length, at(Math.min(event.at, timeline.to)))),
    '</g>',
    ...(logEvents.length > 0 ? [rowText('listener, files', shown.length)] : []),
    legend(height - 18, lanes.length - shown.length),
    '</svg>',
  ].join('\n')
}

const PATTERNS = `<defs>
<pattern id="stalled" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffe9b0"/><rect width="2" height="6" fill="#7a5900"/></pattern>
<pattern id="stopped" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#ffd9d6"/><rect width="6" height="2" fill="#8a1c1c"/></pattern>
<clipPath id="inside"><rect x="${PLOT.left}" y="0" width="${PLOT.width}" height="100000"/></clipPath>
</defs>`

function laneText(lane: Lane, row: number): string {
  const who = [lane.program ?? '', `workers: ${lane.workers.join(', ')}`].filter((part) => part !== '').join('; ')
  const count = `<text x="${WIDTH - 8}" y="${baseline(row)}" text-anchor="end">${countText(lane.records)}</text>`
  return `${rowText(lane.name, row, who)}${count}`
}

function rowText(name: string, row: number, tooltip = ''): string {
  const title = tooltip === '' ? '' : `<title>${escapeXml(tooltip)}</title>`
  return `<text x="8" y="${baseline(row)}">${escapeXml(name.length > 20 ? `${name.slice(0, 19)}…` : name)}${title}</text>`
}

function laneBars({ name, counts, spans }: Lane, row: number, { from, width }: Timeline, most: number): string[] {
  const bottom = (row + 1) * PLOT.lane - 2
  const bars = counts.flatMap((count, bucket) => {
    if (count === 0) return []
    const height = round(Math.max(1.5, (count / most) * BAR_HEIGHT))
    return [`M${bucket * width} ${bottom}v${-height}h${width}v${height}z`]
  })
  return [
    ...(bars.length > 0 ? [`<path class="bars" data-lane="${row}" d="${bars.join('')}"/>`] : []),
    ...spans.map(({ state, from: begin, to, isOpen }) => {
      const words = `${name} ${state} for ${spanText(to - begin)}${isOpen ? ', to its end' : ''}, since ${zonedText(begin)}`
      return `<rect class="${state}" vector-effect="non-scaling-stroke" x="${begin - from}" y="${bottom - BAR_HEIGHT}" width="${Math.max(1, to - begin)}" height="${BAR_HEIGHT}"><title>${escapeXml(words)}</title></rect>`
    }),
  ]
}

function markForm({ kind, at, text }: TimelineEvent, row: number, x: number): string {
  const form = FORMS[kind]
  if (form === undefined) return ''
  const words = escapeXml(`${zonedText(at)} ${text}`)
  return `<path class="mark ${kind}" data-at="${at}" data-row="${row}" transform="translate(${x} ${baseline(row) - 6})" d="${form}"><title>${words}</title></path>`
}

function ticks(from: number, span: number, height: number): string {
  return Array.from({ length: TICKS + 1 }, (_, index) => {
    const x = round(PLOT.left + (index / TICKS) * PLOT.width)
    const time = zonedText(from + (index / TICKS) * span).slice(11, span < 60_000 ? 23 : 19)
    const anchor = index === 0 ? 'start' : index === TICKS ? 'end' : 'middle'
    return `<line class="rule" x1="${x}" x2="${x}" y1="${PLOT.top - 6}" y2="${PLOT.top + height}"/><text class="small" x="${x}" y="${PLOT.top - 10}" text-anchor="${anchor}">${time}</text>`
  }).join('')
}

function legend(y: number, hidden: number): string {
  const kinds = ['joined', 'left', 'died', 'replaced', 'dropped', 'trouble'] as const
  const forms = kinds.map((kind, index) => {
    const x = PLOT.left + 210 + index * 90
    return `<path class="mark ${kind}" transform="translate(${x} ${y - 4})" d="${FORMS[kind] ?? ''}"/><text class="small" x="${x + 12}" y="${y}">${kind}</text>`
  })
  const states = (['stalled', 'stopped'] as const).map((state, index) => {
    const x = PLOT.left + index * 100
    return `<rect class="${state}" x="${x}" y="${y - 10}" width="20" height="12"/><text class="small" x="${x + 26}" y="${y}">${state}</text>`
  })
  const more = hidden > 0 ? `<text class="small" x="8" y="${y}">and ${hidden} more workers</text>` : ''
  return [...states, ...forms, more].join('')
}

function baseline(row: number): number {
  return PLOT.top + row * PLOT.lane + 18
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
