import { parseRecord, printable, valueAt } from '@pino-funnel/listener/records'
import { mergeByTime, readPortions, type ReadOptions } from '@pino-funnel/reader'
import { Filter, FILTER_HELP, FILTER_OPTIONS } from '../search/filter.ts'
import { LinePrinter } from '../search/line-printer.ts'
import { logsOf, type FoundLogs } from '../search/logs-of.ts'
import { eachOf, readableOnly, search, searching, wantedLines } from '../search/wanted-lines.ts'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Command, type Output } from './command.ts'

export const query: Command = {
  summary: 'find records in a log, in its rotated and compressed files too',
  readsFilesOnly: true,
  help: `Usage: pino-funnel query [--count] [--by field] [--json] [filter ...] <log file or directory>

Prints the records that match all filters, the oldest first. With a directory, those
of all its logs, by their times; with a name such as logs/{level}.log, those of the
logs that have such names. On a terminal, records are made readable; into a file or a
pipe they go as they are.

${FILTER_HELP}
  --count            print the number of records
  --by <field>       print how many records have which value of a field: level, req.method
  --json             print records as they are, and counts as JSON

Exit codes: 0 done, 1 a part of the log can't be read.`,
  async run(args, output) {
    const { values, ...target } = parseCommandLine(args, {
      ...FILTER_OPTIONS,
      count: { type: 'boolean' },
      by: { type: 'string' },
      json: { type: 'boolean' },
    })
    const now = Date.now()
    const filter = new Filter(values, now)
    const found = await logsOf(target)
    const isJson = values.json === true
    const sink = sinkFor(values, isJson, output, now)
    const hasGaps = await feed(found, { filter, values, now, sink, output })
    sink.end()
    return hasGaps ? EXIT_FAILED : EXIT_OK
  },
}

/** Bytes of different values that are kept: memory stays bounded, whatever the field. */
const MOST_VALUE_BYTES = 256 * 1024 * 1024
/** Bytes that a value takes beside its text. */
const VALUE_BYTES = 100

/** What becomes of the lines that match. */
interface Sink {
  add(line: Buffer): void
  /** A portion of the log was searched. */
  flush(): void
  end(): void
}

interface Feed {
  readonly filter: Filter
  readonly values: ConstructorParameters<typeof Filter>[0]
  readonly now: number
  readonly sink: Sink
  readonly output: Output
}

/** @returns whether a part of a log could not be read */
async function feed({ logs, channelDir }: FoundLogs, { filter, values, now, sink, output }: Feed): Promise<boolean> {
  let hasGaps = false
  const onGap = ({ message }: Error): void => {
    hasGaps = true
    output.printError(message)
  }
  const isReadable = readableOnly(onGap)
  const options: ReadOptions = {
    ...(channelDir !== undefined && { channelDir }),
    signal: output.closed,
    wants: (file) => filter.wantsFile(file) && isReadable(file),
    onGap,
  }
  const [only, ...others] = logs
  if (only !== undefined && others.length === 0) {
    for await (const portion of readPortions(only, searching(filter, options))) {
      search(portion, filter, (line) => sink.add(line))
      sink.flush()
    }
    return hasGaps
  }
  // A filter remembers earlier lines, so each log has its own.
  const lines = logs.map((log) => eachOf(wantedLines(log, new Filter(values, now), options)))
  let flushing: NodeJS.Immediate | undefined
  for await (const { bytes } of mergeByTime(lines, { wait: Infinity })) {
    sink.add(bytes)
    // The lines read so far are written at once, before more are read.
    flushing ??= setImmediate(() => {
      flushing = undefined
      sink.flush()
    })
  }
  return hasGaps
}

function sinkFor(
  { count, by }: { readonly count?: boolean | undefined; readonly by?: string | undefined },
  isJson: boolean,
  output: Output,
  now: number,
): Sink {
  if (by !== undefined) return counterBy(by, isJson, output)
  if (count === true) return counter(isJson, output)
  const printer = new LinePrinter(output, isJson, now)
  return { add: (line) => printer.add(line), flush: () => printer.flush(), end: () => printer.flush() }
}

function counter(isJson: boolean, output: Output): Sink {
  let count = 0
  return {
    add: () => (count += 1),
    flush: () => {},
    end: () => output.print(isJson ? JSON.stringify({ count }) : String(count)),
  }
}

function counterBy(field: string, isJson: boolean, output: Output): Sink {
  const keys = field.split('.')
  const counts = new Map<string, number>()
  let room = MOST_VALUE_BYTES
  let left = 0
  return {
    add(line) {
      const record = parseRecord(line)
      const value = record && valueAt(record, field, keys)
      const key = value === undefined ? 'null' : JSON.stringify(value)
      const count = counts.get(key)
      if (count === undefined) room -= key.length + VALUE_BYTES
      if (count !== undefined || room >= 0) counts.set(key, (count ?? 0) + 1)
      else left += 1
    },
    flush() {},
    end() {
      if (left > 0)
        output.printError(`${left} records are not counted: their values of ${field} are too many to be kept`)
      const sorted = [...counts].toSorted(([, one], [, other]) => other - one)
      const width = String(sorted[0]?.[1] ?? 0).length
      for (const [key, count] of sorted) {
        const value: unknown = JSON.parse(key)
        output.print(
          isJson
            ? JSON.stringify({ [field]: value, count })
            : `${String(count).padStart(width)}  ${value === null ? '(none)' : printable(value)}`,
        )
      }
    },
  }
}
