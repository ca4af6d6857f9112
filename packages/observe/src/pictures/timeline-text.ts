/** A timeline for a terminal: a line for each worker, a column for each span of time. Each sign has its own form. */
import { printableText } from '@pino-funnel/listener/records'
import { clockText, countedText, countText, spanText } from '../words/amounts.ts'
import { cut, filled, painter, type Paint, type Style } from '../words/columns.ts'
import { zoneOffset } from '../words/zoned-text.ts'
import type { Lane, Timeline, TimelineEvent, TimelineEventKind } from '../timeline/timeline.ts'
import { highestCount, shownLanes } from './shown-lanes.ts'

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const STALLED = '░'
const STOPPED = '‖'
const NAME_WIDTH = 16
const COUNT_WIDTH = 12
/** Room for a time, `14:46:09`, and for one with thousandths; and two spaces. */
const [TICK_WIDTH, FINE_TICK_WIDTH] = [10, 14]
const LEAST_COLUMNS = 10

/** What stands in a column, the most important last: a later one hides an earlier one. */
const SIGNS: readonly (readonly [kind: TimelineEventKind, sign: string, words: string, style: Style])[] = [
  ['level', '◆', 'level changed', 'cyan'],
  ['joined', '▸', 'joined', 'green'],
  ['left', '▪', 'left', 'dim'],
  ['replaced', '▗', 'replaced', 'cyan'],
  ['dropped', '!', 'dropped records', ['red', 'bold']],
  ['died', '✝', 'died', ['red', 'bold']],
]

export interface TimelineView {
  /** Of the terminal. */
  readonly columns: number
  readonly hasColors: boolean
  /** Lanes that are shown; `Infinity` for all. Those with events come first, and then those with most records. */
  readonly lanes: number
  /** Events that are listed, the youngest; `Infinity` for all. */
  readonly events: number
}

export function timelineText(timeline: Timeline, view: TimelineView): string {
  const paint = painter(view.hasColors)
  const { from, to, width, records, lanes } = timeline
  if (from === to) {
    const empty = `${printableText(timeline.log)}  no records with a time`
    return [empty, ...remarks(timeline), ...eventLines(timeline, view.events, paint)].join('\n')
  }
  const room = Math.max(LEAST_COLUMNS, view.columns - NAME_WIDTH - COUNT_WIDTH)
  const each = Math.max(1, Math.ceil((to - from) / width / room))
  const grid = { from, width: width * each, columns: Math.ceil((to - from) / width / each) }
  const shown = shownLanes(lanes, view.lanes)
  const most = highestCount(shown.map((lane) => summed(lane.counts, each)))
  return [
    `${paint('bold', printableText(timeline.log))}  ${countedText(records, 'record')} of ${countedText(lanes.length, 'worker')}`,
    `${dateText(from)} to ${dateText(to)} (UTC${zoneOffset(from)}), each column ${spanText(grid.width)}`,
    paint('dim', `${' '.repeat(NAME_WIDTH)}${ticks(grid)}`.trimEnd()),
    ...shown.map((lane) => laneLine(lane, grid, each, most, paint)),
    ...(lanes.length > shown.length
      ? [paint('dim', `and ${countText(lanes.length - shown.length)} more (--all)`)]
      : []),
    ...logLines(timeline, grid, paint),
    '',
    legend(shown, paint),
    ...remarks(timeline),
    ...eventLines(timeline, view.events, paint),
  ].join('\n')
}

interface Grid {
  readonly from: number
  readonly width: number
  readonly columns: number
}

function laneLine(lane: Lane, grid: Grid, each: number, most: number, paint: Paint): string {
  const cells = summed(lane.counts, each).map((count) => (count === 0 ? ' ' : bar(count / most)))
  for (const { state, from, to } of lane.spans) {
    const last = Math.max(from, to - 1)
    for (let column = columnOf(from, grid); column <= columnOf(last, grid); column += 1) {
      cells[column] = state === 'stalled' ? paint('yellow', STALLED) : paint(['red', 'bold'], STOPPED)
    }
  }
  for (const [kind, sign, , style] of SIGNS) {
    for (const mark of lane.marks) if (mark.kind === kind) cells[columnOf(mark.at, grid)] = paint(style, sign)
  }
  return `${nameCell(lane.name)}${cells.join('')}${countText(lane.records).padStart(COUNT_WIDTH)}`
}

/** The listener and the files, when there is something to show. */
function logLines({ listeners, rotations }: Timeline, grid: Grid, paint: Paint): string[] {
  return [
    ...(listeners.length > 0 ? [`${nameCell('listener')}${marked(listeners, '═', '╪', grid, paint)}`] : []),
    ...(rotations.length > 0 ? [`${nameCell('files')}${marked(rotations, '─', '┴', grid, paint)}`] : []),
  ]
}

function marked(events: readonly TimelineEvent[], line: string, sign: string, grid: Grid, paint: Paint): string {
  const cells = Array.from({ length: grid.columns }, () => line)
  for (const { at } of events) cells[columnOf(at, grid)] = paint('cyan', sign)
  return cells.join('')
}

function legend(lanes: readonly Lane[], paint: Paint): string {
  const kinds = new Set(lanes.flatMap(({ marks }) => marks.map(({ kind }) => kind)))
  const states = new Set(lanes.flatMap(({ spans }) => spans.map(({ state }) => state)))
  return [
    '▁▇ records',
    ...(states.has('stalled') ? [`${paint('yellow', STALLED)} stalled`] : []),
    ...(states.has('stopped') ? [`${paint(['red', 'bold'], STOPPED)} stopped`] : []),
    ...SIGNS.flatMap(([kind, sign, words, style]) => (kinds.has(kind) ? [`${paint(style, sign)} ${words}`] : [])),
  ].join('   ')
}

function remarks(timeline: Timeline): string[] {
  return [...timeline.gaps.map((gap) => `A part is missing: ${printableText(gap)}`), ...uncounted(timeline)]
}

/** What the picture does not show. */
export function uncounted({ otherLines, untimed }: Timeline): string[] {
  return [
    ...(otherLines > 0
      ? [`${countedText(otherLines, 'line')} ${otherLines === 1 ? 'is not a record' : 'are not records'}`]
      : []),
    ...(untimed > 0 ? [`${countedText(untimed, 'record')} ${untimed === 1 ? 'has' : 'have'} no time`] : []),
  ]
}

function eventLines({ events, olderEvents }: Timeline, most: number, paint: Paint): string[] {
  const shown = most >= events.length ? events : events.slice(events.length - most)
  const earlier = olderEvents + events.length - shown.length
  if (shown.length === 0) return []
  return [
    '',
    ...(earlier > 0 ? [paint('dim', `${countedText(earlier, 'earlier event')} (--all)`)] : []),
    ...shown.map(({ at, lane, text }) => `${clockText(at)}  ${nameCell(lane ?? 'log')}${printableText(text)}`),
  ]
}

function summed(counts: readonly number[], each: number): number[] {
  return Array.from({ length: Math.ceil(counts.length / each) }, (_, column) => {
    let sum = 0
    for (let index = column * each; index < (column + 1) * each; index += 1) sum += counts[index] ?? 0
    return sum
  })
}

function bar(share: number): string {
  return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))] ?? ' '
}

function columnOf(time: number, { from, width, columns }: Grid): number {
  return Math.min(columns - 1, Math.max(0, Math.floor((time - from) / width)))
}

/** Times of their columns, with thousandths where two of them would have the same second. */
function ticks({ from, width, columns }: Grid): string {
  const isFine = TICK_WIDTH * width < 1000
  const each = isFine ? FINE_TICK_WIDTH : TICK_WIDTH
  const times = Array.from({ length: Math.ceil(columns / each) }, (_, index) => {
    const at = from + index * each * width
    return isFine ? `${clockText(at)}.${String(Math.floor(at) % 1000).padStart(3, '0')}` : clockText(at)
  })
  return times.map((time) => time.padEnd(each)).join('')
}

function nameCell(name: string): string {
  return filled(cut(printableText(name), NAME_WIDTH - 2), NAME_WIDTH, 'left')
}

function dateText(ms: number): string {
  const date = new Date(ms)
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'))
  return `${day.join('-')} ${clockText(ms)}`
}
