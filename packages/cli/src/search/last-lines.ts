/** The last lines of a log that a filter wants, those of several logs by time, and what comes after them. */
import { linesOf, mergeByTime, portionsBackwards, readPortions, type LogLine, type Portion } from '@pino-funnel/reader'
import { setTimeout as delay } from 'node:timers/promises'
import { Filter, type FilterValues } from './filter.ts'
import { eachOf, linesWanted, readableOnly, wantedLines } from './wanted-lines.ts'

/** How often new logs are searched for, ms. */
const LIST_MS = 1000

export interface LastLines {
  /** The oldest first. */
  readonly lines: readonly LogLine[]
  /** The cursor after the last line that was read. */
  readonly end: () => string
  /** It remembers all lines up to there. */
  readonly filter: Filter
}

export interface Wanted {
  readonly count: number
  readonly values: FilterValues
  readonly now: number
  readonly onGap: (gap: Error) => void
  /** Where the channel is, if not in the log directory. */
  readonly channelDir?: string
  /** Ends the reading before the next portion; the lines are those that were found until then. */
  readonly signal?: AbortSignal
}

/**
 * Reads from the end, as much as is needed; from the beginning, where lines far above decide.
 *
 * @param log - absolute path of the live file
 */
export function lastLines(log: string, wanted: Wanted): Promise<LastLines> {
  const filter = new Filter(wanted.values, wanted.now)
  return filter.needsWholeLog ? readForwards(log, filter, wanted) : readBackwards(log, wanted)
}

async function readForwards(
  log: string,
  filter: Filter,
  { count, onGap, channelDir, signal }: Wanted,
): Promise<LastLines> {
  let lines: LogLine[] = []
  let last: Portion | undefined
  for await (const portion of readPortions(log, {
    onGap,
    wants: readableOnly(onGap),
    ...(channelDir !== undefined && { channelDir }),
    ...(signal && { signal }),
  })) {
    last = portion
    for (const line of linesWanted(portion, filter)) lines.push(line)
    if (lines.length > 2 * count) lines = newest(lines, count)
  }
  return { lines: newest(lines, count), end: () => endOf(last), filter }
}

/**
 * A portion is searched forwards. Where a line may belong to a record further above, the portion before it is noted first.
 */
async function readBackwards(log: string, wanted: Wanted): Promise<LastLines> {
  const { count, values, now, onGap, channelDir, signal } = wanted
  /** The lines of each portion, the youngest first. */
  const found: LogLine[][] = []
  let missing = count
  let last: Portion | undefined
  let filterAtEnd: Filter | undefined
  const search = (portion: Portion, older: Portion | undefined): void => {
    const filter = new Filter(values, now)
    if (older && older !== portion && filter.remembers) for (const { bytes } of linesOf(older)) filter.note(bytes)
    const lines = newest(linesWanted(portion, filter), missing)
    if (lines.length > 0) found.push(lines)
    missing -= lines.length
    last ??= portion
    filterAtEnd ??= filter
  }
  const { remembers } = new Filter(values, now)
  let younger: Portion | undefined
  for await (const portion of portionsBackwards(log, { onGap, ...(channelDir !== undefined && { channelDir }) })) {
    const next = remembers ? younger : portion
    if (next) search(next, portion)
    younger = portion
    if (signal?.aborted === true || (last && missing === 0)) break
  }
  if (remembers && younger && (!last || missing > 0)) search(younger, undefined)
  return {
    lines: found.toReversed().flat(),
    end: () => endOf(last),
    filter: filterAtEnd ?? new Filter(values, now),
  }
}

function newest(lines: LogLine[], count: number): LogLine[] {
  return lines.slice(Math.max(0, lines.length - count))
}

function endOf(portion: Portion | undefined): string {
  const last = portion && [...linesOf(portion)].at(-1)
  return last?.cursor ?? 'beginning'
}

/** The end of one of several logs. */
export interface LogTail extends LastLines {
  readonly log: string
}

export function tailsOf(logs: readonly string[], wanted: Wanted): Promise<LogTail[]> {
  return Promise.all(logs.map(async (log) => ({ log, ...(await lastLines(log, wanted)) })))
}

/** The last lines of all logs, `count` at most. */
export async function lastOf(tails: readonly LogTail[], count: number): Promise<LogLine[]> {
  const merged = tails.length === 1 ? tails.flatMap(({ lines }) => lines) : await byTime(tails)
  return merged.slice(merged.length - Math.min(count, merged.length))
}

async function byTime(tails: readonly LogTail[]): Promise<LogLine[]> {
  const merged: LogLine[] = []
  for await (const line of mergeByTime(
    tails.map(({ lines }) => given(lines)),
    { wait: Infinity },
  ))
    merged.push(line)
  return merged
}

async function* given(lines: readonly LogLine[]): AsyncGenerator<LogLine, void, void> {
  yield* lines
}

/**
 * The lines that come after the tails, until the signal.
 *
 * @param list - for a target that stands for several logs: those that appear later are followed, too
 */
export function followTails(
  tails: readonly LogTail[],
  wanted: Wanted & { readonly signal: AbortSignal },
  list?: () => Promise<readonly string[]>,
): AsyncIterable<readonly LogLine[]> {
  const { values, now, signal, onGap, channelDir } = wanted
  const follow = (log: string, filter: Filter, from: string): AsyncIterable<LogLine[]> => {
    return wantedLines(log, filter, {
      from,
      follow: true,
      signal,
      onGap,
      ...(channelDir !== undefined && { channelDir }),
    })
  }
  const batches = tails.map(({ log, end, filter }) => follow(log, filter, end()))
  const [only, ...others] = batches
  if (only && others.length === 0 && !list) return only
  const begin = (log: string): AsyncIterable<LogLine> => eachOf(follow(log, new Filter(values, now), 'beginning'))
  const isReadable = readableOnly(onGap)
  const mayBegin = (log: string): boolean => isReadable({ path: log })
  const later = list && newLogs({ known: new Set(tails.map(({ log }) => log)), list, mayBegin, begin, signal })
  return inBatches(mergeByTime(batches.map(eachOf), later && { later }))
}

interface Search {
  readonly known: Set<string>
  readonly list: () => Promise<readonly string[]>
  readonly mayBegin: (log: string) => boolean
  readonly begin: (log: string) => AsyncIterable<LogLine>
  readonly signal: AbortSignal
}

/** One that may not be read, or a list that fails for a moment, does not end the logs that are followed already. */
async function* newLogs({
  known,
  list,
  mayBegin,
  begin,
  signal,
}: Search): AsyncGenerator<AsyncIterable<LogLine>, void, void> {
  while (!signal.aborted) {
    for (const log of await list().catch(() => [])) {
      if (known.has(log) || !mayBegin(log)) continue
      known.add(log)
      yield begin(log)
    }
    await delay(LIST_MS, undefined, { signal }).catch(() => {})
  }
}

async function* inBatches(lines: AsyncIterable<LogLine>): AsyncGenerator<LogLine[], void, void> {
  for await (const line of lines) yield [line]
}
