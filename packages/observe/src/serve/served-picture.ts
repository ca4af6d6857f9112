/** The picture of `top` as data, for a page that only shows it. Texts are those of the terminal. */
import { printableText } from '@pino-funnel/listener/records'
import { verdictOf } from '../live/troubles.ts'
import { byUrgency, isInTrouble, levelText, stateOf, workersOf, workerText } from '../live/worker-state.ts'
import { allFileLines, isTroubled, listenerLine } from '../top/file-lines.ts'
import { sparkline } from '../top/sparkline.ts'
import type { Sampled } from '../top/sampler.ts'
import { agoText, clockText, countText, rateText, sizeText, spanText } from '../words/amounts.ts'
import type { Line } from '../words/columns.ts'
import { zoneOffset } from '../words/zoned-text.ts'

export interface ServedPicture {
  readonly directory: string
  readonly at: string
  /** What a person has to know first. */
  readonly verdict: ServedText
  readonly listener: ServedText
  readonly files: readonly ServedText[]
  readonly workers: readonly ServedWorker[]
  /** How many workers are not among them; `''` for none. */
  readonly more: string
  readonly events: readonly string[]
}

export interface ServedText {
  readonly text: string
  readonly isTrouble: boolean
}

export interface ServedWorker {
  readonly worker: string
  readonly file: string
  readonly program: string
  readonly state: string
  readonly isTrouble: boolean
  readonly rate: string
  readonly last: string
  readonly waits: string
  readonly dropped: string
  readonly level: string
  readonly minute: string
}

/** A page with more rows is of no use. */
const MOST_WORKERS = 500

export function servedPicture(sampled: Sampled): ServedPicture {
  const { status, now } = sampled
  const workers = workersOf(status.mailboxes)
  const verdict = verdictOf(status)
  return {
    directory: printableText(status.logDirectory),
    at: `${clockText(now)} UTC${zoneOffset(now)}`,
    verdict: { ...verdict, text: printableText(verdict.text) },
    listener: textOf(listenerLine(sampled)),
    files: allFileLines(sampled).map(textOf),
    workers: workers
      .toSorted(byUrgency)
      .slice(0, MOST_WORKERS)
      .map((worker): ServedWorker => {
        const since = worker.activity?.since ?? null
        const dropped = sampled.dropped(worker)
        const rate = sampled.rates?.mailboxes.get(worker.id)?.records
        return {
          worker: printableText(workerText(worker)),
          file: printableText(worker.file),
          program: printableText(worker.program),
          state: since === null ? stateOf(worker) : `${stateOf(worker)} ${spanText(now - since)}`,
          isTrouble: isInTrouble(worker),
          rate: rate === undefined ? '' : rateText(rate),
          last: worker.last === null ? '' : agoText(now - worker.last),
          waits: worker.waiting === 0 ? '' : sizeText(worker.waiting),
          dropped: dropped === 0 ? '' : countText(dropped),
          level: levelText(worker.level, now),
          minute: sparkline(sampled.history(worker.id)),
        }
      }),
    more:
      workers.length > MOST_WORKERS ? `and ${countText(workers.length - MOST_WORKERS)} workers more: status --all` : '',
    events: sampled.events.map(({ at, text }) => `${clockText(at)}  ${printableText(text)}`).reverse(),
  }
}

function textOf(line: Line): ServedText {
  return { text: line.map((cell) => (typeof cell === 'string' ? cell : cell[0])).join(''), isTrouble: isTroubled(line) }
}
