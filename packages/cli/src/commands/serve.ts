import {
  newToken,
  pictureServer,
  servedPicture,
  SharedPictures,
  type Served,
  type ServedPicture,
} from '@pino-funnel/observe/serve'
import { readTimeline, timelinePage, withPresent } from '@pino-funnel/observe/timeline'
import { Sampler } from '@pino-funnel/observe/top'
import { basename } from 'node:path'
import { findChannelToRead } from '../access/find-channel.ts'
import { UsageError } from '../access/usage-error.ts'
import { FILTER_OPTIONS, type FilterValues } from '../search/filter.ts'
import { followTails, lastOf, tailsOf } from '../search/last-lines.ts'
import { channelLogs, isThere } from '../search/logs-of.ts'
import { RecordView } from '../search/record-view.ts'
import { EXIT_OK, parseCommandLine, type Command } from './command.ts'
import { stopSignal } from '../access/stop-signal.ts'
import { closedAt, listening } from './http-service.ts'

const DEFAULT_PORT = '9465'
/** Lines that a tail begins with. */
const LAST_LINES = 50
/** Of a rule between records. */
const COLUMNS = 100

export const serve: Command = {
  summary: 'show top, timeline and a live tail in a browser, on this machine',
  help: `Usage: pino-funnel serve [--port port] <log file or directory>

Serves one page on 127.0.0.1, and prints its address. The address has a token: a browser
without the token gets no data. The page shows what top and timeline show, and a live
tail with filters. Runs until SIGTERM or SIGINT.

  --port <port>   ${DEFAULT_PORT} by default; 0 for a free one

From another machine: ssh -L ${DEFAULT_PORT}:127.0.0.1:${DEFAULT_PORT} <host>, and the same address.`,
  async run(args, output) {
    const { values, ...target } = parseCommandLine(args, { port: { type: 'string', default: DEFAULT_PORT } })
    const port = parsePort(values.port)
    const channel = findChannelToRead(target)
    const logs = await channelLogs(channel)
    const stop = stopSignal()
    const token = newToken()
    const sampler = new Sampler(channel, logs)
    const pictures = new SharedPictures(async () => servedPicture(await sampler.sample(stop)))
    const server = pictureServer(servedBy(channel.root, pictures, logs), token)
    try {
      await listening(server, { host: '127.0.0.1', port })
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      output.print(`Open http://127.0.0.1:${bound}/#token=${token}`)
      await closedAt(stop, server)
    } finally {
      await sampler.close()
    }
    return EXIT_OK
  },
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new UsageError(`Option '--port' must be a port from 0 to 65535; got '${text}'`)
}

type Logs = () => Promise<readonly string[] | undefined>

function servedBy(channelDir: string, pictures: SharedPictures<ServedPicture>, logs: Logs): Served {
  const existing = async (): Promise<string[]> => ((await logs()) ?? []).filter(isThere)
  return {
    pictures: (signal) => pictures.until(signal),
    tail: (filters, signal) => tail({ channelDir, logs: existing }, filterValues(filters), signal),
    logs: async () => (await existing()).map((log) => basename(log)),
    timeline: async (name, signal) => {
      const log = (await existing()).find((each) => basename(each) === name)
      return log && timelinePage(await withPresent(await readTimeline(log, { signal, channelDir }), channelDir))
    },
  }
}

/** @throws UsageError */
function filterValues(filters: ReadonlyMap<string, readonly string[]>): FilterValues {
  const unknown = [...filters.keys()].find((name) => !Object.hasOwn(FILTER_OPTIONS, name))
  if (unknown !== undefined) throw new UsageError(`There is no filter '${unknown}'`)
  const one = (name: string): string | undefined => filters.get(name)?.[0]
  return {
    worker: one('worker'),
    level: one('level'),
    where: filters.get('where'),
    grep: filters.get('grep'),
    since: one('since'),
    until: one('until'),
  }
}

async function* tail(
  { channelDir, logs }: { readonly channelDir: string; readonly logs: () => Promise<string[]> },
  values: FilterValues,
  signal: AbortSignal,
): AsyncGenerator<string[], void, void> {
  const now = Date.now()
  const view = new RecordView({ columns: COLUMNS, hasColors: false }, now)
  const gaps: string[] = []
  const onGap = ({ message }: Error): void => void gaps.push(view.notice(message))
  const wanted = { count: LAST_LINES, values, now, onGap, channelDir, signal }
  const tails = await tailsOf(await logs(), wanted)
  // The page says that there is no log yet.
  if (tails.length === 0) return
  yield (await lastOf(tails, LAST_LINES)).map(({ bytes }) => view.show(bytes))
  for await (const lines of followTails(tails, wanted, logs)) {
    yield [...gaps.splice(0), ...lines.map(({ bytes }) => view.show(bytes))]
  }
}
