/** The log files in the picture, with their sinks, and the readers and shippers that are behind. */
import { printableText } from '@pino-funnel/listener/records'
import { isSinkInTrouble } from '../live/sink-state.ts'
import { isBehind } from '../live/troubles.ts'
import { countedText, countText, rateText, sizeText, spanText } from '../words/amounts.ts'
import type { Line } from '../words/columns.ts'
import type { Sampled } from './sampler.ts'

/** Of the rows, files have one in so many at most. */
const FILE_SHARE = 3

/** A third of the screen at most, those in trouble first, then readers and shippers: the workers need room. */
export function boundedFileLines(sampled: Sampled, rows: number): Line[] {
  const [files, behind] = [fileLines(sampled), [...holdLines(sampled), ...shipperLines(sampled)]]
  const most = Math.max(1, Math.floor(rows / FILE_SHARE))
  const all = [...files, ...behind]
  if (all.length <= most) return all
  const byNeed = [...behind, ...files]
  const isTroubled = (line: Line): boolean => line.some((cell) => Array.isArray(cell[1]))
  const sorted = [...byNeed.filter(isTroubled), ...byNeed.filter((line) => !isTroubled(line))]
  const shown = sorted.slice(0, most - 1)
  return [...shown, [[`and ${countText(all.length - shown.length)} lines more about files and sinks: status`, 'dim']]]
}

function holdLines({ status }: Sampled): Line[] {
  return status.holds.map((report) => {
    const { hold, file, unread, budget } = report
    return [
      `  reader ${printableText(hold)} of ${printableText(file)} `,
      [`${sizeText(unread)} of ${sizeText(budget)} to read`, isBehind(report) ? ['red', 'bold'] : 'reset'],
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
        `  ${rateText(rate?.records ?? 0)} rec/s  ${sizeText(rate?.bytes ?? 0)}/s  waits ${sizeText(waits)}`,
        rotations > 0 ? `  ${countedText(rotations, 'rotation')}` : '',
        delay(file) === '' ? '' : `  delay ${delay(file)}`,
        seen === '' ? '' : `  ${seen}`,
        trouble === null ? '' : [`  TROUBLE ${printableText(trouble)}`, ['red', 'bold']],
      ],
      ...sinks.map((sink): Line => {
        const isWell = !isSinkInTrouble(sink.state)
        const failed = sink.lastError !== null && !isWell ? `  ${printableText(sink.lastError)}` : ''
        return [
          `  sink ${printableText(sink.sink)} `,
          [sink.state, isWell ? 'green' : ['red', 'bold']],
          `  ${countText(sink.delivered)} delivered, ${countText(sink.dropped)} dropped, waits ${sizeText(sink.waiting)}${failed}`,
        ]
      }),
    ] satisfies Line[]
  })
}

function shipperLines({ status, lag }: Sampled): Line[] {
  return status.shippers.map((report) => {
    const { ship, file, state, trouble, unshipped } = report
    const age = lag(report)
    const isWell = trouble === null && state !== 'absent'
    const why = trouble === null ? '' : `  ${printableText(trouble)}`
    return [
      `  shipper ${printableText(ship)} of ${printableText(file)} `,
      [state, isWell ? 'green' : ['red', 'bold']],
      `  ${sizeText(unshipped)}${age > 0 ? `, ${spanText(age)}` : ''} behind${why}`,
    ]
  })
}
