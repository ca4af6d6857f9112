import { parseRecord } from '@pino-funnel/listener/records'
import { recordTime } from '@pino-funnel/channel'
import { mergeByTime, type LogLine } from '@pino-funnel/reader'
import { UsageError } from '../access/usage-error.ts'
import { FILTER_HELP, FILTER_OPTIONS } from '../search/filter.ts'
import { lastLines, type LastLines } from '../search/last-lines.ts'
import { LinePrinter } from '../search/line-printer.ts'
import { logsOf } from '../search/logs-of.ts'
import { eachOf, wantedLines } from '../search/wanted-lines.ts'
import { EXIT_OK, parseCommandLine, type Command, type Output } from './command.ts'

const DEFAULT_LINES = '10'
/** A terminal that shows records this late has not kept up; ms. */
const LATE_MS = 2000

export const tail: Command = {
  summary: 'show the last records of a log, and follow it across rotations',
  help: `Usage: pino-funnel tail [-n lines] [-f] [--json] [filter ...] <log file or directory>

Prints the last records that match all filters. With a directory, those of all its
logs, by their times; with a name such as logs/{level}.log, those of the logs that have
such names. On a terminal, records are made readable; into a file or a pipe they go
as they are.

  -n, --lines <n>    how many (default ${DEFAULT_LINES})
  -f, --follow       go on with records that are still to come
${FILTER_HELP}
  --json             print records as they are`,
  async run(args, output) {
    const { path, values } = parseCommandLine(args, {
      ...FILTER_OPTIONS,
      lines: { type: 'string', short: 'n', default: DEFAULT_LINES },
      follow: { type: 'boolean', short: 'f' },
      json: { type: 'boolean' },
    })
    const count = parseCount(values.lines)
    const now = Date.now()
    const logs = await logsOf(path)
    const printer = new LinePrinter(output, values.json === true, now)
    const onGap = ({ message }: Error): void => printer.notice(message)
    const wanted = { count, values, now, onGap }
    const tails = await Promise.all(logs.map(async (log) => ({ log, ...(await lastLines(log, wanted)) })))
    const merged = tails.length === 1 ? tails.flatMap(({ lines }) => lines) : await byTime(tails)
    for (const { bytes } of merged.slice(merged.length - Math.min(count, merged.length))) printer.add(bytes)
    printer.flush()
    if (values.follow === true && !output.closed.aborted) await follow(tails, printer, output)
    return EXIT_OK
  },
}

function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`Option '--lines' must be a number of records; got '${text}'`)
}

interface Tail extends LastLines {
  readonly log: string
}

async function byTime(tails: readonly Tail[]): Promise<LogLine[]> {
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

async function follow(tails: readonly Tail[], printer: LinePrinter, output: Output): Promise<void> {
  const lateness = new Lateness()
  const batches = tails.map(({ log, end, filter }) => {
    const onGap = ({ message }: Error): void => printer.notice(message)
    return wantedLines(log, filter, { from: end(), follow: true, signal: output.closed, onGap })
  })
  const [only, ...others] = batches
  const lines = only && others.length === 0 ? only : inBatches(mergeByTime(batches.map(eachOf)))
  for await (const batch of lines) {
    for (const { bytes } of batch) printer.add(bytes)
    printer.flush()
    const seconds = output.terminal ? lateness.after(batch) : undefined
    if (seconds !== undefined)
      printer.notice(`shown ${seconds} s late: the log is faster than this terminal; see query`)
  }
}

async function* inBatches(lines: AsyncIterable<LogLine>): AsyncGenerator<LogLine[], void, void> {
  for await (const line of lines) yield [line]
}

/** Says at intervals that records are shown late. None is left out. */
class Lateness {
  #saidAt = -Infinity

  /** @returns seconds, when there is something to say */
  after(lines: readonly LogLine[]): number | undefined {
    const last = lines.at(-1)
    const now = Date.now()
    const late = last ? now - recordTime(parseRecord(last.bytes)?.['time']) : 0
    if (!(late > LATE_MS) || now - this.#saidAt < LATE_MS) return undefined
    this.#saidAt = now
    return Math.round(late / 1000)
  }
}
