import { systemCode, printableText } from '@pino-funnel/channel'
import { Exporter, metricsServer } from '@pino-funnel/observe/metrics'
import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { connect, isIPv6 } from 'node:net'
import { setTimeout as elapsed } from 'node:timers/promises'
import { findChannelToRead } from '../access/find-channel.ts'
import { UsageError } from '../access/usage-error.ts'
import { channelLogs } from '../search/logs-of.ts'
import { EXIT_OK, parseCommandLine, type Command, type Output } from './command.ts'
import { stopSignal } from '../access/stop-signal.ts'
import { closedAt, listening } from './http-service.ts'

const DEFAULT_ADDRESS = '127.0.0.1:9464'
const DEFAULT_EVERY_S = '15'

export const metrics: Command = {
  summary: 'serve metrics for Prometheus, or write them into a file',
  help: `Usage: pino-funnel metrics [--listen address] [--socket path] [--textfile file] [--every seconds] <log file or directory>

Follows the logs of a directory and counts what they get, from its start on. The
listener is asked only when metrics are. Runs until SIGTERM or SIGINT. docs/metrics.md
has the metrics, alert rules and a dashboard.

  --listen <host:port>  answer GET /metrics there (default ${DEFAULT_ADDRESS})
  --socket <path>       answer on this Unix socket instead, which only this user may use
  --textfile <file>     write a file instead, by rename, for node_exporter; removed at the end
  --every <seconds>     how often it is written (default ${DEFAULT_EVERY_S})`,
  async run(args, output) {
    const { values, ...target } = parseCommandLine(args, {
      listen: { type: 'string' },
      socket: { type: 'string' },
      textfile: { type: 'string' },
      every: { type: 'string', default: DEFAULT_EVERY_S },
    })
    const { listen, socket, textfile } = values
    if ([listen, socket, textfile].filter((each) => each !== undefined).length > 1) {
      throw new UsageError("Only one of the options '--listen', '--socket' and '--textfile' can be given")
    }
    const address = parseAddress(listen ?? DEFAULT_ADDRESS)
    const every = parseSeconds(values.every)
    const channel = findChannelToRead(target)
    const exporter = new Exporter(channel, await channelLogs(channel))
    const stop = stopSignal()
    try {
      await exporter.start()
      if (textfile !== undefined) await writeRepeatedly(exporter, textfile, every, stop, output)
      else if (socket !== undefined) await serve(exporter, { path: socket }, stop, output)
      else await serve(exporter, address, stop, output)
    } finally {
      await exporter.close()
    }
    return EXIT_OK
  },
}

type Address = { readonly host: string; readonly port: number } | { readonly path: string }

function parseAddress(text: string): Address {
  const [, host = '', digits = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (host === '' || port > 65_535) {
    throw new UsageError(`Option '--listen' must be a host and a port such as '${DEFAULT_ADDRESS}'; got '${text}'`)
  }
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port }
}

function parseSeconds(text: string): number {
  if (/^\d{1,6}(?:\.\d+)?$/.test(text) && Number(text) > 0) return Number(text)
  throw new UsageError(`Option '--every' must be a number of seconds; got '${text}'`)
}

async function serve(exporter: Exporter, address: Address, stop: AbortSignal, output: Output): Promise<void> {
  const server = metricsServer(exporter)
  if ('path' in address) await removeDeadSocket(address.path)
  await listeningAlone(server, address)
  output.print(`Metrics are at ${printableText(nameOf(server))}`)
  await closedAt(stop, server)
}

/** Others may not connect to a socket, also in a directory that is open to them. */
async function listeningAlone(server: Server, address: Address): Promise<void> {
  const mask = 'path' in address ? process.umask(0o177) : undefined
  try {
    await listening(server, address)
  } finally {
    if (mask !== undefined) process.umask(mask)
  }
}

/** One that a killed process has left. */
async function removeDeadSocket(path: string): Promise<void> {
  // Connecting to any other file is refused, too.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return
  const code = await new Promise<string | undefined>((resolve) => {
    const connection = connect(path)
    connection.once('connect', () => resolve(undefined)).once('error', (error) => resolve(systemCode(error)))
    connection.once('connect', () => connection.destroy())
  })
  if (code === 'ECONNREFUSED') rmSync(path, { force: true })
}

function nameOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return `the socket ${address ?? 'that is closed'}, path /metrics`
  return `http://${isIPv6(address.address) ? `[${address.address}]` : address.address}:${address.port}/metrics`
}

/** A file that can't be written now is a message, and is tried again: a disk may be full for a while. */
async function writeRepeatedly(
  exporter: Exporter,
  file: string,
  seconds: number,
  stop: AbortSignal,
  output: Output,
): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`
  let trouble: string | undefined
  while (!stop.aborted) {
    try {
      writeFileSync(draft, await exporter.metrics('prometheus'), { mode: 0o644 })
      renameSync(draft, file)
      trouble = undefined
    } catch (error) {
      remove(draft)
      const message = error instanceof Error ? error.message : String(error)
      if (message !== trouble) output.printError(`Could not write the metrics: ${message}. The command tries again.`)
      trouble = message
    }
    await elapsed(seconds * 1000, undefined, { signal: stop }).catch(() => {})
  }
  // A collector would take its metrics for those of now.
  remove(file)
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // Its directory can't be written now.
  }
}
