/** The listener and the log files in the picture, with their sinks, readers and shippers. */
import { printableText } from '@pino-funnel/listener/records'
import {
  behindText,
  isBehind,
  isShipperBehind,
  isShipperInTrouble,
  isSinkInTrouble,
  shipperStateText,
} from '../live/troubles.ts'
import { countedText, countText, rateText, sizeText, spanText } from '../words/amounts.ts'
import { cut, type Line, type Style } from '../words/columns.ts'
import type { Sampled } from './sampler.ts'

/** Of what a person should see to. Nothing else in a line of this file has it. */
export const TROUBLE: Style = ['red', 'bold']

/** Of the rows, files have one in so many at most. */
const FILE_SHARE = 3
/** The module of a sink may be a path. */
const LONGEST_SINK = 32

export function listenerLine({ status: { listener, mailboxes }, now, rates }: Sampled): Line {
  if (listener === null) return mailboxes.length === 0 ? ['no listener'] : [['no listener', TROUBLE]]
  if (!listener.answers) return [[`listener ${listener.pid} DOES NOT ANSWER`, TROUBLE]]
  const all = [...(rates?.files.values() ?? [])]
  const records = all.reduce((sum, rate) => sum + rate.records, 0)
  const bytes = all.reduce((sum, rate) => sum + rate.bytes, 0)
  return [
    `listener ${listener.pid} up ${spanText(now - listener.since)}, ${sizeText(listener.memory)}`,
    `  ${rateText(records)} rec/s  ${sizeText(bytes)}/s`,
  ]
}

/** A third of the screen at most, those in trouble first, then readers and shippers: the workers need room. */
export function boundedFileLines(sampled: Sampled, rows: number): Line[] {
  const [files, readers] = [fileLines(sampled), readerLines(sampled)]
  const most = Math.max(1, Math.floor(rows / FILE_SHARE))
  const all = [...files, ...readers]
  if (all.length <= most) return all
  const byNeed = [...readers, ...files]
  const sorted = [...byNeed.filter(isTroubled), ...byNeed.filter((line) => !isTroubled(line))]
  const shown = sorted.slice(0, most - 1)
  return [...shown, [[`and ${countText(all.length - shown.length)} lines more about files and sinks: status`, 'dim']]]
}

/** All of them. */
export function allFileLines(sampled: Sampled): Line[] {
  return [...fileLines(sampled), ...readerLines(sampled)]
}

export function isTroubled(line: Line): boolean {
  return line.some((cell) => cell[1] === TROUBLE)
}

function readerLines(sampled: Sampled): Line[] {
  return [...holdLines(sampled), ...shipperLines(sampled)]
}

function holdLines({ status: { holds, shippers } }: Sampled): Line[] {
  // The line of a shipper says how far it is behind.
  const ofShippers = new Set(shippers.map(({ ship, file }) => `ship-${ship} of ${file}`))
  const shown = holds.filter((report) => isBehind(report) || !ofShippers.has(`${report.hold} of ${report.file}`))
  return shown.map((report) => {
    const { hold, file, unread, budget } = report
    return [
      `  reader ${printableText(hold)} of ${printableText(file)} `,
      [`${sizeText(unread)} to read of a budget of ${sizeText(budget)}`, isBehind(report) ? TROUBLE : 'reset'],
    ]
  })
}

function fileLines({ status, rates, levels, delay }: Sampled): Line[] {
  const files = status.listener?.answers ? status.listener.files : []
  return files.flatMap(({ file, trouble, sinks, rotations }) => {
    const rate = rates?.files.get(file)
    const waits = status.mailboxes.reduce((sum, each) => sum + (each.file === file ? each.waiting : 0), 0)
    const seen = levels(file)
    return [
      [
        [printableText(file), 'bold'],
        // Before what may be beyond the edge.
        trouble === null ? '' : [`  TROUBLE ${printableText(trouble)}`, TROUBLE],
        `  ${rateText(rate?.records ?? 0)} rec/s  ${sizeText(rate?.bytes ?? 0)}/s  waits ${sizeText(waits)}`,
        rotations > 0 ? `  ${countedText(rotations, 'rotation')}` : '',
        delay(file) === '' ? '' : `  delay ${delay(file)}`,
        seen === '' ? '' : `  ${seen}`,
      ],
      ...sinks.map((sink): Line => {
        const isWell = !isSinkInTrouble(sink.state)
        const failed = sink.lastError !== null && !isWell ? `: ${printableText(sink.lastError)}` : ''
        return [
          `  sink ${cut(printableText(sink.sink), LONGEST_SINK, 'beginning')} `,
          [`${sink.state}${failed}`, isWell ? 'green' : TROUBLE],
          `  ${countText(sink.delivered)} delivered, ${countText(sink.dropped)} dropped, waits ${sizeText(sink.waiting)}`,
        ]
      }),
    ] satisfies Line[]
  })
}

function shipperLines({ status, lag }: Sampled): Line[] {
  return status.shippers.map((report) => {
    const { ship, file, trouble, unshipped, refused, lost } = report
    const followed = lag(report)
    const age = report.age ?? (followed > 0 ? followed : null)
    const isWell = !isShipperInTrouble(report, status) && !isShipperBehind(report)
    const why = trouble === null ? '' : `  ${printableText(trouble)}`
    const gone = `${refused > 0 ? `, ${countText(refused)} refused` : ''}${lost > 0 ? `, ${sizeText(lost)} lost` : ''}`
    return [
      `  shipper ${printableText(ship)} of ${printableText(file)} `,
      [shipperStateText(report), isWell ? 'green' : TROUBLE],
      `  ${behindText({ unshipped, age })}${gone}${why}`,
    ]
  })
}
