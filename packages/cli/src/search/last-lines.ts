/** The last lines of a log that a filter wants, those of several logs by time, and what comes after them. */
import { linesOf, mergeByTime, portionsBackwards, readPortions, type LogLine, type Portion } from '@pino-funnel/reader'
import { Filter, type FilterValues } from './filter.ts'
import { eachOf, linesWanted, wantedLines } from './wanted-lines.ts'

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
    ...(channelDir !== undefined && { channelDir }),
    ...(signal && { signal }),
  })) {
    last = portion
    for (const line of linesWanted(portion, filter)) lines.push(line)
    if (lines.length > 2 * count) lines = newest(lines, count)
  }
  return { lines: newest(lines, count), end: () => endOf(last), filter }
}

/** A portion is searched forwards, after the one before it was noted: a line may belong to a record there. */
async function readBackwards(log: string, wanted: Wanted): Promise<LastLines> {
  const { count, values, now, onGap, channelDir, signal } = wanted
  /** The lines of each portion, the youngest first. */
  const found: LogLine[][] = []
  let missing = count
  let last: Portion | undefined
  let filterAtEnd: Filter | undefined
  const search = (portion: Portion, older: Portion | undefined): void => {
    const filter = new Filter(values, now)
    if (older && filter.remembers) for (const { bytes } of linesOf(older)) filter.note(bytes)
    const lines = newest(linesWanted(portion, filter), missing)
    if (lines.length > 0) found.push(lines)
    missing -= lines.length
    last ??= portion
    filterAtEnd ??= filter
  }
  let younger: Portion | undefined
  for await (const portion of portionsBackwards(log, { onGap, ...(channelDir !== undefined && { channelDir }) })) {
    if (younger) search(younger, portion)
    younger = portion
    if (signal?.aborted === true || (last && missing === 0)) break
  }
  if (younger && (!last || missing > 0)) search(younger, undefined)
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
  readonly channelDir: string | undefined
}

export function tailsOf(logs: readonly string[], wanted: Wanted): Promise<LogTail[]> {
  return Promise.all(
    logs.map(async (log) => ({ log, channelDir: wanted.channelDir, ...(await lastLines(log, wanted)) })),
  )
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

/** The lines that come after the tails, until the signal. */
export function followTails(
  tails: readonly LogTail[],
  signal: AbortSignal,
  onGap: (gap: Error) => void,
): AsyncIterable<readonly LogLine[]> {
  const batches = tails.map(({ log, channelDir, end, filter }) => {
    const elsewhere = channelDir !== undefined && { channelDir }
    return wantedLines(log, filter, { from: end(), follow: true, signal, onGap, ...elsewhere })
  })
  const [only, ...others] = batches
  return only && others.length === 0 ? only : inBatches(mergeByTime(batches.map(eachOf)))
}

async function* inBatches(lines: AsyncIterable<LogLine>): AsyncGenerator<LogLine[], void, void> {
  for await (const line of lines) yield [line]
}
