/** The picture of `top` as data, for a page that only shows it. Texts are those of the terminal. */
import { isSinkInTrouble } from '../live/sink-state.ts'
import { byUrgency, isInTrouble, levelText, stateOf, workersOf, workerText } from '../live/worker-state.ts'
import { sparkline } from '../top/sparkline.ts'
import type { Sampled } from '../top/sampler.ts'
import { agoText, clockText, countedText, countText, rateText, sizeText, spanText } from '../words/amounts.ts'

export interface ServedPicture {
  readonly directory: string
  readonly at: string
  /** What a person has to know first. */
  readonly verdict: ServedText
  readonly listener: ServedText
  readonly files: readonly ServedText[]
  readonly workers: readonly ServedWorker[]
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
  const troubled = workers.filter(isInTrouble).length
  const all = countedText(workers.length, 'worker')
  return {
    directory: status.logDirectory,
    at: clockText(now),
    verdict: {
      text: troubled > 0 ? `${troubled} of ${all} in trouble` : `${all}, all well`,
      isTrouble: troubled > 0,
    },
    listener: listenerText(sampled),
    files: fileTexts(sampled),
    workers: workers
      .toSorted(byUrgency)
      .slice(0, MOST_WORKERS)
      .map((worker): ServedWorker => {
        const since = worker.activity?.since ?? null
        const dropped = sampled.dropped(worker)
        const rate = sampled.rates?.mailboxes.get(worker.id)?.records
        return {
          worker: workerText(worker),
          file: worker.file,
          program: worker.program,
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
    events: sampled.events.map(({ at, text }) => `${clockText(at)}  ${text}`).reverse(),
  }
}

function listenerText({ status: { listener }, now }: Sampled): ServedText {
  if (listener === null) return { text: 'no listener', isTrouble: true }
  if (!listener.answers) return { text: `listener ${listener.pid} DOES NOT ANSWER`, isTrouble: true }
  const { pid, since, memory } = listener
  return { text: `listener ${pid} up ${spanText(now - since)}, ${sizeText(memory)}`, isTrouble: false }
}

function fileTexts({ status: { listener }, rates, levels }: Sampled): ServedText[] {
  const files = listener?.answers ? listener.files : []
  return files.flatMap(({ file, trouble, sinks, rotations }) => {
    const rate = rates?.files.get(file)
    const facts = [
      `${file}  ${rateText(rate?.records ?? 0)} rec/s  ${sizeText(rate?.bytes ?? 0)}/s`,
      ...(rotations > 0 ? [countedText(rotations, 'rotation')] : []),
      levels(file),
      ...(trouble === null ? [] : [`TROUBLE ${trouble}`]),
    ]
    return [
      { text: facts.filter((fact) => fact !== '').join('  '), isTrouble: trouble !== null },
      ...sinks.map(({ sink, state, delivered, dropped, waiting, lastError }) => ({
        text: `sink ${sink} ${state}  ${countText(delivered)} delivered, ${countText(dropped)} dropped, waits ${sizeText(waiting)}  ${lastError ?? ''}`,
        isTrouble: isSinkInTrouble(state),
      })),
    ]
  })
}
