import { FunnelError } from '@pino-funnel/channel'
import { parseShipSettings, runShipper, sentenceOf, type LogPlace, type ShipSettings } from '@pino-funnel/ship'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { findChannel } from '../access/find-channel.ts'
import { stopSignal } from '../access/stop-signal.ts'
import { UsageError } from '../access/usage-error.ts'
import { EXIT_OK, parseCommandLine, type Command, type Output } from '../commands/command.ts'
import { DECISIONS, decide } from './decide.ts'
import { shipStatus } from './ship-status.ts'

export const ship: Command = {
  summary: 'ship a log to NATS JetStream, Redis Streams, Kafka, Elasticsearch, Loki, OTLP or RELP; see how that goes',
  help: `Usage: pino-funnel ship --config <file> <log file>
       pino-funnel ship status [--json] <log file or directory>
       pino-funnel ship begin | adopt | rewind | skip | drop --name <name> <log file>

Ships a log in the foreground, for a supervisor or a container of its own, and goes on
until SIGTERM or SIGINT. The configuration file has an entry, or an array of them.

  status   how far each shipper is, whether it runs or not
  begin    the log is a new one: ship it after what the engine has of another log
  adopt    the log is the one in the engine, under another id: go on after its last record
  rewind   ship again from a position on, if the engine has not got it: --to <position>
  skip     give up unshipped records, up to a position: --to <position>
  drop     forget a shipper for good: retention no longer spares anything for it

  --config <file>   JSON
  --name <name>     of the shipper: the field 'name', or 'to'
  --to <position>   as 'ship status' shows it
  --json            print the status as JSON`,
  async run(args, output) {
    const [action, ...rest] = args
    if (action === 'status') return shipStatus(rest, output)
    if (action !== undefined && Object.hasOwn(DECISIONS, action)) return decide(action, rest, output)
    const { values, ...target } = parseCommandLine(args, { config: { type: 'string' } })
    if (values.config === undefined) throw new UsageError(`Option '--config' is missing: where the log is shipped to`)
    const channel = findChannel(target)
    channel.close()
    await shipAll(
      { file: resolve(target.path), channelDir: channel.root },
      parseShipSettings(readConfig(values.config)),
      output,
    )
    return EXIT_OK
  },
}

async function shipAll(place: LogPlace, all: readonly ShipSettings[], output: Output): Promise<void> {
  const failed = new AbortController()
  const signal = AbortSignal.any([stopSignal(), failed.signal])
  const runs = all.map(async (settings) => {
    const report = (message: string): void => output.printError(`${settings.name}: ${message}`)
    output.print(`Shipping ${place.file} to ${settings.to}, as '${settings.name}'.`)
    try {
      await runShipper({ ...place, settings, signal, report, onEvent: (event) => report(sentenceOf(event)) })
    } catch (error) {
      failed.abort()
      throw error
    }
  })
  const first = (await Promise.allSettled(runs)).find((run) => run.status === 'rejected')
  if (first) throw first.reason
}

function readConfig(path: string): unknown {
  const text = readText(path)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new FunnelError('FUNNEL_OPTION_INVALID', `The configuration ${path} must be JSON; ${faultOf(error)}.`)
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new FunnelError('FUNNEL_OPTION_INVALID', `Could not read the configuration ${path}: ${String(error)}`, {
      cause: error,
    })
  }
}

/** Without the piece of the text that Node.js shows, which may be a secret. */
function faultOf(error: unknown): string {
  const [fault = ''] = (error instanceof Error ? error.message : String(error)).split('"', 1)
  return `got: ${fault.replace(/[\s,.]+$/, '')}`
}
