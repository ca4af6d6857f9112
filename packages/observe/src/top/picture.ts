/**
 * The live picture of a log directory: `pino-funnel top`.
 *
 * What always holds in this room: a picture is text made of data, without any knowledge of a terminal. Only `screen.ts`
 * writes to one, and gives it back as it was. Nothing is asked of workers.
 */
import { printableText } from '@pino-funnel/listener/records'
import type { MailboxReport } from '../live/stored-mailboxes.ts'
import { verdictOf } from '../live/troubles.ts'
import { byUrgency, levelText, STATE_STYLES, stateOf, workersOf, workerText } from '../live/worker-state.ts'
import { agoText, clockText, countedText, countText, rateText, sizeText, spanText } from '../words/amounts.ts'
import { cut, filled, painter, type Line, type Paint } from '../words/columns.ts'
import { textWidth, withinWidth } from '../words/text-width.ts'
import { zoneOffset } from '../words/zoned-text.ts'
import { boundedFileLines, listenerLine, TROUBLE } from './file-lines.ts'
import type { Sampled } from './sampler.ts'
import { sparkline } from './sparkline.ts'

export const SORTS = ['state', 'rate', 'waits', 'worker'] as const
export type Sort = (typeof SORTS)[number]

/** What the user of the terminal has chosen. */
export interface Choice {
  readonly sort: Sort
  /** Workers whose name, program, state or file has this text are shown. */
  readonly filter: string
  /** What is being typed. */
  readonly typing: 'filter' | 'level' | undefined
  /** The level that is being typed, and for how long: `debug 10m`. */
  readonly level: string
  /** The worker it is for, which stays when another one is marked by itself; `undefined` for all. */
  readonly levelFor: MailboxReport | undefined
  /** What became of it, until the next key. */
  readonly answer: string
  readonly isPaused: boolean
  /** The worker that is marked: the id of its mailbox. `undefined` for the first one. */
  readonly selected: string | undefined
  /** The worker whose records are shown: the id of its mailbox. */
  readonly followed: string | undefined
}

/** Before the first key. */
export const NOTHING_CHOSEN: Choice = {
  sort: 'state',
  filter: '',
  typing: undefined,
  level: '',
  levelFor: undefined,
  answer: '',
  isPaused: false,
  selected: undefined,
  followed: undefined,
}

export interface Size {
  readonly columns: number
  readonly rows: number
}

const WIDTHS = { worker: 17, state: 14, rate: 7, last: 8, waits: 8 } as const
const KEYS = 'q quit  s sort  / filter  ↑↓ mark  ↵ follow  l level  p pause'
const EVENT_ROWS = 4
/** Of the rows, the records of a worker have one in so many at most. */
const RECORD_SHARE = 3
const LEAST_ROWS_FOR_EVENTS = 16
/** Columns of the log directory's end, however long the verdict is. */
const LEAST_DIRECTORY = 12

/** The workers that match the filter, in the order of the choice. */
export function shownWorkers({ status, rates }: Sampled, { sort, filter }: Choice): MailboxReport[] {
  const words = filter.toLowerCase()
  const rateOf = ({ id }: MailboxReport): number => rates?.mailboxes.get(id)?.records ?? 0
  const orders: Readonly<Record<Sort, (a: MailboxReport, b: MailboxReport) => number>> = {
    state: (a, b) => byUrgency(a, b),
    rate: (a, b) => rateOf(b) - rateOf(a) || byUrgency(a, b),
    waits: (a, b) => b.waiting - a.waiting || byUrgency(a, b),
    worker: (a, b) => a.pid - b.pid || a.threadId - b.threadId,
  }
  const matches = (each: MailboxReport): boolean =>
    `${workerText(each)} ${each.program} ${stateOf(each)} ${each.file}`.toLowerCase().includes(words)
  const workers = workersOf(status.mailboxes)
  return (words === '' ? workers : workers.filter(matches)).sort(orders[sort])
}

/** @returns one text for each row, none wider than the terminal */
export function picture(sampled: Sampled, choice: Choice, size: Size, hasColors: boolean): string[] {
  const paint = painter(hasColors)
  const workers = shownWorkers(sampled, choice)
  const head = [...headLines(sampled, choice, size), ...boundedFileLines(sampled, size.rows), []]
  const isFollowing = choice.followed !== undefined
  const tail = isFollowing ? recordLines(sampled, choice, size) : eventLines(sampled, size)
  const room = Math.max(1, size.rows - head.length - tail.length - 1)
  const selected = placeOf(workers, choice.selected)
  const first = Math.max(0, Math.min(selected - Math.floor(room / 2), workers.length - room))
  const shown = workers.slice(first, first + room)
  const rows = [
    ...head,
    titleLine(),
    ...shown.map((worker, index) => workerLine(worker, sampled, first + index === selected)),
    ...Array.from({ length: room - shown.length }, () => []),
    ...tail,
  ]
  return rows.slice(0, size.rows).map((cells) => fitted(cells, size.columns, paint))
}

/** The place of the marked worker in the list; the first one when it has gone. */
export function placeOf(workers: readonly MailboxReport[], selected: string | undefined): number {
  return Math.max(
    0,
    workers.findIndex(({ id }) => id === selected),
  )
}

function headLines(sampled: Sampled, choice: Choice, { columns }: Size): Line[] {
  const { status, now } = sampled
  const { text, isTrouble } = verdictOf(status)
  const verdict = printableText(text)
  const clock = `  ${clockText(now)} UTC${zoneOffset(now)}  `
  const room = Math.max(LEAST_DIRECTORY, columns - textWidth(clock) - textWidth(verdict))
  return [
    [
      [cut(printableText(status.logDirectory), room, 'beginning'), 'bold'],
      clock,
      ...(choice.isPaused ? [['PAUSED', 'inverse'] as const, '  '] : []),
      [verdict, isTrouble ? TROUBLE : 'green'],
    ],
    listenerLine(sampled),
    keyLine(choice),
  ]
}

function keyLine({ typing, level, levelFor, answer, filter, sort }: Choice): Line {
  if (typing === 'level') {
    const of = levelFor ? workerText(levelFor) : 'all workers'
    return [[`level for ${printableText(of)}: ${level}_`, 'bold'], '  (debug 10m, or back; Esc for none)']
  }
  if (answer !== '') return [[printableText(answer), 'bold']]
  if (typing === 'filter' || filter !== '') {
    const cursor = typing === 'filter' ? '_' : ''
    return [[`filter: ${filter}${cursor}`, 'bold'], '  (/ for another one, / Esc for none)']
  }
  return [[`${KEYS}  by ${sort}`, 'dim']]
}

function titleLine(): Line {
  const { worker, state, rate, last, waits } = WIDTHS
  const title = [
    ' WORKER'.padEnd(worker),
    'STATE'.padEnd(state),
    'REC/S'.padStart(rate),
    'LAST'.padStart(last),
    'WAITS'.padStart(waits),
    'LAST MINUTE   PROGRAM',
  ]
  return [[title.join(' '), 'dim']]
}

function workerLine(worker: MailboxReport, sampled: Sampled, isSelected: boolean): Line {
  const { now, rates, history } = sampled
  const dropped = sampled.dropped(worker)
  const stalls = sampled.stalls(worker)
  const level = levelText(worker.level, now)
  const state = stateOf(worker)
  const since = worker.activity?.since ?? null
  const rate = rates?.mailboxes.get(worker.id)?.records
  const name = `${isSelected ? '>' : ' '}${cut(printableText(workerText(worker)), WIDTHS.worker - 1)}`
  return [
    [filled(name, WIDTHS.worker, 'left'), isSelected ? 'inverse' : 'reset'],
    ' ',
    [(since === null ? state : `${state} ${spanText(now - since)}`).padEnd(WIDTHS.state), STATE_STYLES[state]],
    ` ${(rate === undefined ? '-' : rateText(rate)).padStart(WIDTHS.rate)}`,
    ` ${(worker.last === null ? '-' : agoText(now - worker.last)).padStart(WIDTHS.last)}`,
    ` ${(worker.waiting === 0 ? '-' : sizeText(worker.waiting)).padStart(WIDTHS.waits)}`,
    ` ${sparkline(history(worker.id))}`,
    dropped > 0 ? [`  ${countText(dropped)} DROPPED`, TROUBLE] : '',
    stalls > 0 ? [`  ${countedText(stalls, 'stall')}`, 'yellow'] : '',
    level === '' ? '' : [`  ${level}`, 'cyan'],
    `  ${printableText(worker.program)}`,
  ]
}

function eventLines({ events }: Sampled, { rows }: Size): Line[] {
  if (rows < LEAST_ROWS_FOR_EVENTS) return []
  const shown = events.slice(-EVENT_ROWS)
  return [
    [[shown.length === 0 ? 'no events yet' : 'events', 'dim']],
    ...shown.map(({ at, text }): Line => [`${clockText(at)}  ${printableText(text)}`]),
  ]
}

function recordLines({ records }: Sampled, { followed }: Choice, { rows }: Size): Line[] {
  const lines = records(followed ?? '').slice(-Math.max(1, Math.floor(rows / RECORD_SHARE)))
  return [
    [['records of this worker (↵ ends)', 'dim']],
    ...(lines.length === 0
      ? [['none since it is followed'] as const]
      : lines.map((line): Line => [printableText(line)])),
  ]
}

function fitted(cells: Line, columns: number, paint: Paint): string {
  const width = cells.reduce((sum, cell) => sum + textWidth(typeof cell === 'string' ? cell : cell[0]), 0)
  const isCut = width > columns
  let room = isCut ? columns - 1 : columns
  const shown = cells.map((cell) => {
    const [text, style] = typeof cell === 'string' ? [cell, undefined] : cell
    const fits = withinWidth(text, room)
    // Nothing comes after a text that is cut.
    room = fits.length < text.length ? 0 : room - textWidth(fits)
    return style === undefined || style === 'reset' ? fits : paint(style, fits)
  })
  return `${shown.join('').trimEnd()}${isCut ? '…' : ''}`
}
