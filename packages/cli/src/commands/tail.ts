import { parseRecord } from '@pino-funnel/listener/records'
import { recordTime } from '@pino-funnel/channel'
import type { LogLine } from '@pino-funnel/reader'
import { UsageError } from '../access/usage-error.ts'
import { FILTER_HELP, FILTER_OPTIONS } from '../search/filter.ts'
import { LinePrinter } from '../search/line-printer.ts'
import { followTails, lastOf, tailsOf, type LogTail } from '../search/last-lines.ts'
import { CHANNEL_HELP, CHANNEL_OPTION, logsOf } from '../search/logs-of.ts'
import { EXIT_OK, parseCommandLine, type Command, type Output } from './command.ts'

const DEFAULT_LINES = '10'
/** A terminal that shows records this late has not kept up; ms. */
const LATE_MS = 2000

export const tail: Command = {
  summary: 'show the last records of a log, and follow it across rotations',
  readsFilesOnly: true,
  help: `Usage: pino-funnel tail [-n lines] [-f] [--json] [filter ...] <log file or directory>

Prints the last records that match all filters. With a directory, those of all its
logs, by their times; with a name such as logs/{level}.log, those of the logs that have
such names. On a terminal, records are made readable; into a file or a pipe they go
as they are.

  -n, --lines <n>    how many (default ${DEFAULT_LINES})
  -f, --follow       go on with records that are still to come
${FILTER_HELP}
${CHANNEL_HELP}
  --json             print records as they are`,
  async run(args, output) {
    const { path, values } = parseCommandLine(args, {
      ...FILTER_OPTIONS,
      ...CHANNEL_OPTION,
      lines: { type: 'string', short: 'n', default: DEFAULT_LINES },
      follow: { type: 'boolean', short: 'f' },
      json: { type: 'boolean' },
    })
    const count = parseCount(values.lines)
    const now = Date.now()
    const { logs, ...channel } = await logsOf(path, values.channel)
    const printer = new LinePrinter(output, values.json === true, now)
    const onGap = ({ message }: Error): void => printer.notice(message)
    const wanted = { count, values, now, onGap, ...channel }
    const tails = await tailsOf(logs, wanted)
    for (const { bytes } of await lastOf(tails, count)) printer.add(bytes)
    printer.flush()
    if (values.follow === true && !output.closed.aborted) await follow(tails, printer, output)
    return EXIT_OK
  },
}

function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`Option '--lines' must be a number of records; got '${text}'`)
}

async function follow(tails: readonly LogTail[], printer: LinePrinter, output: Output): Promise<void> {
  const lateness = new Lateness()
  const onGap = ({ message }: Error): void => printer.notice(message)
  for await (const batch of followTails(tails, output.closed, onGap)) {
    for (const { bytes } of batch) printer.add(bytes)
    printer.flush()
    const seconds = output.terminal ? lateness.after(batch) : undefined
    if (seconds !== undefined)
      printer.notice(`shown ${seconds} s late: the log is faster than this terminal; see query`)
  }
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
