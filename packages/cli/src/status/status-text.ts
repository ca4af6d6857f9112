/**
 * The state of a channel for a person: a verdict, the listener, and for each log file its workers, the most urgent first.
 *
 * What always holds in this room: text only; it asks nothing and changes nothing.
 */
import { plainHint } from './plain-hint.ts'
import type { LogFileStatus, SinkStatus } from '@pino-funnel/channel'
import { printableText } from '@pino-funnel/listener/records'
import {
  agoText,
  alignColumns,
  byUrgency,
  clockText,
  countedText,
  countText,
  cut,
  isInTrouble,
  behindText,
  isShipperBehind,
  isShipperInTrouble,
  isSinkInTrouble,
  levelText,
  painter,
  rateText,
  shipperStateText,
  sizeText,
  spanText,
  STATE_STYLES,
  stateOf,
  troublesOf,
  verdictOf,
  WORKER_STATES,
  workersOf,
  workerText,
  zoneOffset,
  type Cell,
  type Column,
  type HoldReport,
  type MailboxReport,
  type Paint,
  type Rates,
  type SeenEvent,
  type ShipReport,
  type StatusReport,
} from '@pino-funnel/observe'

/** Workers that are shown for each log file, and more only when they are in trouble. */
const SHOWN = 10
/** Workers in trouble that are shown for each log file. */
const SHOWN_IN_TROUBLE = 40
const LONGEST_WORKER = 20
const LONGEST_PROGRAM = 16

const COLUMNS: readonly Column[] = [
  { title: 'WORKER', align: 'left' },
  { title: 'PROGRAM', align: 'left' },
  { title: 'STATE', align: 'left' },
  { title: 'REC/S', align: 'right' },
  { title: 'RECORDS', align: 'right' },
  { title: 'LAST', align: 'right' },
  { title: 'WAITS', align: 'right' },
]
/** Only where a level is ordered. */
const LEVEL_COLUMN: Column = { title: 'LEVEL', align: 'left' }

export interface StatusView {
  /** ms since the epoch */
  readonly now: number
  /** What was collected lately; `undefined` without a listener that answers. */
  readonly rates: Rates | undefined
  /** What the logs say about the last minute, the oldest first. */
  readonly events: readonly SeenEvent[]
  /** Whether every worker is shown. */
  readonly all: boolean
  readonly hasColors: boolean
}

export function statusText(report: StatusReport, view: StatusView): string {
  const paint = painter(view.hasColors)
  const files = filesOf(report)
  return [
    `${paint('bold', printableText(report.logDirectory))}  ${verdict(report, paint)}`,
    listenerLine(report.listener, view.now, paint),
    ...report.damaged.map(
      ({ id, error }) =>
        `${paint(['red', 'bold'], `mailbox ${id} is damaged, and left alone`)}: ${printableText(error)}`,
    ),
    ...report.holds.map((hold) => holdLine(hold, view.now, paint)),
    ...report.shippers.map((shipper) => shipLine(shipper, report, paint)),
    ...(report.mapping === null
      ? []
      : [`hint      Mailboxes are written by system calls: ${printableText(report.mapping)}.`]),
    ...[plainHint(report)].flatMap((hint) => (hint === undefined ? [] : [`hint      ${hint}`])),
    ...files.flatMap((file) => ['', ...describeFile(file, view, paint)]),
    ...(view.events.length === 0 ? [] : ['', paint('dim', `lately (UTC${zoneOffset(view.now)})`)]),
    ...view.events.map(({ at, text }) => `  ${clockText(at)}  ${printableText(text)}`),
  ].join('\n')
}

function verdict(report: StatusReport, paint: Paint): string {
  const { text, isTrouble } = verdictOf(report)
  const shown = printableText(text)
  return isTrouble ? paint(['red', 'bold'], `${shown}; see doctor`) : paint('green', shown)
}

function listenerLine(listener: StatusReport['listener'], now: number, paint: Paint): string {
  if (listener === null) return 'listener  none'
  const name = `listener  pid ${listener.pid}, epoch ${listener.epoch}`
  if (!listener.answers)
    return `${name}: ${paint(['red', 'bold'], 'alive, but DOES NOT ANSWER')} (stopped, or its disk hangs)`
  return `${name}, up ${spanText(now - listener.since)}, ${sizeText(listener.memory)}, version ${printableText(listener.version)}${listener.isAfterCrash ? '; the one before it was killed' : ''}`
}

function holdLine({ hold, file, unread, budget, at }: HoldReport, now: number, paint: Paint): string {
  const over = unread > budget ? `, ${paint(['red', 'bold'], 'OVER BUDGET')}` : ''
  const behind = `${sizeText(unread)} to read of a budget of ${sizeText(budget)}${over}`
  return `hold      ${printableText(hold)} on ${printableText(file)}: ${behind}, advanced ${agoText(now - at)}`
}

function shipLine(shipper: ShipReport, report: StatusReport, paint: Paint): string {
  const { ship, file, trouble, refused, lost } = shipper
  const isWell = !isShipperInTrouble(shipper, report) && !isShipperBehind(shipper)
  return [
    `ships     ${printableText(file)} to ${printableText(ship)}: ${paint(isWell ? 'green' : ['red', 'bold'], shipperStateText(shipper))}`,
    behindText(shipper),
    ...(refused > 0 ? [paint(['red', 'bold'], `${countText(refused)} REFUSED`)] : []),
    ...(lost > 0 ? [paint(['red', 'bold'], `${sizeText(lost)} LOST`)] : []),
    ...(trouble === null ? [] : [printableText(trouble)]),
  ].join(', ')
}

interface FileGroup {
  readonly file: string
  readonly status: LogFileStatus | undefined
  readonly mailboxes: readonly MailboxReport[]
}

/** The file with the most urgent worker first. */
function filesOf(report: StatusReport): FileGroup[] {
  const { listener, mailboxes: all } = report
  const mailboxes = workersOf(all)
  const known = listener?.answers ? listener.files : []
  const names = new Set([...known.map(({ file }) => file), ...all.map(({ file }) => file)])
  const groups = [...names].map((file) => ({
    file,
    status: known.find((each) => each.file === file),
    mailboxes: mailboxes.filter((mailbox) => mailbox.file === file).sort(byUrgency),
  }))
  const troubled = new Set(troublesOf(report).map(({ file }) => file))
  const urgencyOf = ({ file, mailboxes: [first] }: FileGroup): number => {
    const worker = first ? WORKER_STATES.indexOf(stateOf(first)) : WORKER_STATES.length
    return troubled.has(file) ? -1 : worker
  }
  return groups.sort((a, b) => urgencyOf(a) - urgencyOf(b) || (a.file < b.file ? -1 : 1))
}

function describeFile({ file, status, mailboxes }: FileGroup, view: StatusView, paint: Paint): string[] {
  const shown = view.all ? mailboxes : mailboxes.slice(0, shownOf(mailboxes))
  const rest = mailboxes.length - shown.length
  const hasLevels = shown.some(({ level }) => levelText(level, view.now) !== '')
  const columns = hasLevels ? [...COLUMNS, LEVEL_COLUMN] : COLUMNS
  const rows = shown.map((mailbox) => [
    ...workerRow(mailbox, view),
    ...(hasLevels ? [levelText(mailbox.level, view.now)] : []),
  ])
  return [
    [paint('bold', printableText(file)), ...(status ? [fileFacts(status, view)] : [])].join('  '),
    ...(status && status.trouble !== null
      ? [`  ${paint(['red', 'bold'], 'TROUBLE')}  ${printableText(status.trouble)}`]
      : []),
    ...(status ? status.sinks.map((sink) => `  ${describeSink(sink, paint)}`) : []),
    ...(rows.length === 0 ? [] : alignColumns(columns, rows, paint).map((line) => `  ${line}`)),
    ...(rest === 0
      ? []
      : [paint('dim', `  and ${countText(rest)} more (--all), ${restOf(mailboxes.slice(shown.length))}`)]),
  ]
}

function shownOf(mailboxes: readonly MailboxReport[]): number {
  const inTrouble = mailboxes.filter(isInTrouble).length
  return Math.max(SHOWN, Math.min(inTrouble, SHOWN_IN_TROUBLE))
}

/** Such as `490 running`. */
function restOf(mailboxes: readonly MailboxReport[]): string {
  const counts = WORKER_STATES.map(
    (state) => [mailboxes.filter((each) => stateOf(each) === state).length, state] as const,
  )
  return counts.flatMap(([count, state]) => (count > 0 ? [`${countText(count)} ${state}`] : [])).join(', ')
}

function fileFacts({ file, records, bytes, rotations }: LogFileStatus, { rates }: StatusView): string {
  const rate = rates?.files.get(file)
  const now = rate ? `${rateText(rate.records)} rec/s  ${sizeText(rate.bytes)}/s  ` : ''
  const rotated = rotations === 0 ? '' : `, ${countedText(rotations, 'rotation')}`
  return `${now}${countedText(records, 'record')}, ${sizeText(bytes)}${rotated} by this listener`
}

function describeSink({ sink, state, delivered, dropped, restarts, lastError }: SinkStatus, paint: Paint): string {
  const isWell = !isSinkInTrouble(state)
  return [
    `sink ${printableText(sink)}: ${paint(isWell ? 'green' : ['red', 'bold'], state)}`,
    `${countedText(delivered, 'record')} delivered`,
    ...(dropped > 0 ? [paint(['red', 'bold'], `${countText(dropped)} DROPPED`)] : []),
    ...(restarts > 0
      ? [`${countedText(restarts, 'restart')}, the last because of: ${printableText(lastError ?? 'unknown')}`]
      : []),
  ].join(', ')
}

function workerRow(mailbox: MailboxReport, { now, rates }: StatusView): Cell[] {
  const state = stateOf(mailbox)
  const since = mailbox.activity?.since ?? null
  const isBehind = mailbox.waiting > 0
  const rate = rates?.mailboxes.get(mailbox.id)
  return [
    cut(printableText(workerText(mailbox)), LONGEST_WORKER),
    cut(printableText(mailbox.program), LONGEST_PROGRAM),
    [since === null ? state : `${state} ${spanText(now - since)}`, STATE_STYLES[state]],
    rate ? rateText(rate.records) : '-',
    countText(mailbox.records),
    mailbox.last === null ? '-' : agoText(now - mailbox.last),
    isBehind ? [sizeText(mailbox.waiting), 'bold'] : '-',
  ]
}
