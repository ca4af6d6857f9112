import { parseRecord } from '@pino-funnel/listener/records'
import { recordTime } from '@pino-funnel/channel'
import type { LogLine } from '@pino-funnel/reader'
import { UsageError } from '../access/usage-error.ts'
import { FILTER_HELP, FILTER_OPTIONS } from '../search/filter.ts'
import { LinePrinter } from '../search/line-printer.ts'
import { followTails, lastOf, tailsOf } from '../search/last-lines.ts'
import { logsOf } from '../search/logs-of.ts'
import { EXIT_OK, parseCommandLine, type Command, type Output } from './command.ts'

const DEFAULT_LINES = '10'
/** A terminal that shows records this late has not kept up; ms. */
const LATE_MS = 2000
/** A reader that has come to the end of the log waits longer for the next lines; ms. */
const PAUSE_MS = 25
/** Share of the time that writing takes when a terminal does not keep up. */
const SATURATED = 0.9

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
  --json             print records as they are`,
  async run(args, output) {
    const { values, ...target } = parseCommandLine(args, {
      ...FILTER_OPTIONS,
      lines: { type: 'string', short: 'n', default: DEFAULT_LINES },
      follow: { type: 'boolean', short: 'f' },
      json: { type: 'boolean' },
    })
    const count = parseCount(values.lines)
    const now = Date.now()
    const { logs, list, ...channel } = await logsOf(target)
    const printer = new LinePrinter(output, values.json === true, now)
    const onGap = ({ message }: Error): void => printer.notice(message)
    const wanted = { count, values, now, onGap, signal: output.closed, ...channel }
    const tails = await tailsOf(logs, wanted)
    for (const { bytes } of await lastOf(tails, count)) printer.add(bytes)
    printer.flush()
    if (values.follow === true && !output.closed.aborted)
      await follow(followTails(tails, wanted, list), printer, output)
    return EXIT_OK
  },
}

function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`Option '--lines' must be a number of records; got '${text}'`)
}

async function follow(batches: AsyncIterable<readonly LogLine[]>, printer: LinePrinter, output: Output): Promise<void> {
  const lateness = new Lateness()
  let last: LogLine | undefined
  let showing: NodeJS.Immediate | undefined
  const show = (): void => {
    showing = undefined
    const began = Date.now()
    printer.flush()
    const words = output.terminal && last ? lateness.after(last, Date.now() - began) : undefined
    if (words !== undefined) printer.notice(`${words}: the log is faster than this terminal; see query`)
  }
  try {
    for await (const batch of batches) {
      lateness.come()
      for (const { bytes } of batch) printer.add(bytes)
      last = batch.at(-1) ?? last
      // The lines read so far are written at once, before more are read.
      showing ??= setImmediate(show)
    }
  } finally {
    // Before the error that ends it.
    clearImmediate(showing)
    show()
  }
}

/** Says at intervals that records are shown late. None is left out. */
class Lateness {
  #saidAt = -Infinity
  /** Since when lines have come without a pause, and for how long of that the terminal was written to. */
  #busySince = Date.now()
  #writing = 0
  #shownAt = Date.now()

  /** Lines are about to be shown. */
  come(): void {
    const now = Date.now()
    if (now - this.#shownAt <= PAUSE_MS) return
    this.#busySince = now
    this.#writing = 0
  }

  /**
   * Lines were shown, and writing them took so many ms.
   *
   * @returns what there is to say
   */
  after({ bytes }: LogLine, took: number): string | undefined {
    const now = Date.now()
    this.#shownAt = now
    this.#writing += took
    const time = recordTime(parseRecord(bytes)?.['time'])
    const late = Number.isNaN(time) ? this.#saturatedFor(now) : now - time
    if (late <= LATE_MS || now - this.#saidAt < LATE_MS) return undefined
    this.#saidAt = now
    const seconds = Math.round(late / 1000)
    return Number.isNaN(time) ? `behind for ${seconds} s` : `shown ${seconds} s late`
  }

  /** For lines without a time, such as those of a text format: a terminal that keeps up is not written to all the time. */
  #saturatedFor(now: number): number {
    const busy = now - this.#busySince
    return this.#writing > SATURATED * busy ? busy : 0
  }
}
