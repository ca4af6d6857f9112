/** What a command line does: `pino-funnel <command> <log file or directory>`. */
import {
  channelObstacle,
  FunnelError,
  printableLines,
  printableText,
  systemCode,
  systemCure,
  withNames,
} from '@pino-funnel/channel'
import type { Terminal } from './access/output.ts'
import { UsageError } from './access/usage-error.ts'
import {
  CHANNEL_HELP,
  EXIT_FAILED,
  EXIT_NO_CHANNEL,
  EXIT_OK,
  EXIT_USAGE,
  type Command,
  type Output,
} from './commands/command.ts'

/** By name. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>

async function help(all: Commands): Promise<string> {
  const commands = await Promise.all(
    Object.entries(all).map(async ([name, load]) => `  ${name.padEnd(9)} ${(await load()).summary}`),
  )
  return `Usage: pino-funnel <command> <log file or directory>

${commands.join('\n')}

  pino-funnel <command> --help   explain a command

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no worker has logged there.`
}

class OwnTerminal implements Terminal {
  readonly hasColors = process.stdout.hasColors()

  get columns(): number {
    return process.stdout.columns
  }
}

const closed = new AbortController()
/** Whether something that was printed is lost, for a command that is for its output. */
let hasFailed = false
let outlivesOutput = false
process.stdout.on('error', (error: Error) => {
  // `tail -f | head` ends with its reader, without a word.
  if (systemCode(error) !== 'EPIPE' && !closed.signal.aborted) {
    output.printError(`Could not write the output: ${error.message}.${systemCure(error)}`)
    hasFailed = !outlivesOutput
    if (hasFailed) process.exitCode = EXIT_FAILED
  }
  closed.abort()
})
// Errors have nowhere else to go. A full disk under them ends no listener.
process.stderr.on('error', () => {})

const output: Output = {
  closed: closed.signal,
  write: (bytes) => process.stdout.write(bytes),
  terminal: process.stdout.isTTY ? new OwnTerminal() : undefined,
  print: (text) => process.stdout.write(`${styledLines(withNames(text))}\n`),
  printError: (text) => process.stderr.write(`pino-funnel: ${printableLines(withNames(text))}\n`),
}

/** Styles are the only sequences that commands print. Others come from a server, a log or the name of a file. */
// oxlint-disable-next-line no-control-regex -- sequences begin with one
const STYLES = /(\n|\u001B\[[\d;]*m)/

function styledLines(text: string): string {
  const parts = text.split(STYLES)
  return parts.map((part, index) => (index % 2 === 0 ? printableText(part) : part)).join('')
}

async function exitCodeOf(args: string[], all: Commands): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    output.print(await help(all))
    return name === undefined ? EXIT_USAGE : EXIT_OK
  }
  const load = Object.hasOwn(all, name) ? all[name] : undefined
  if (!load) throw new UsageError(`Unknown command '${name}'`)
  const command = await load()
  if (rest.includes('--help') || rest.includes('-h')) {
    output.print(`${command.help}\n\n${CHANNEL_HELP}`)
    return EXIT_OK
  }
  outlivesOutput = command.outlivesOutput === true
  const obstacle = command.readsFilesOnly === true ? undefined : channelObstacle()
  if (obstacle !== undefined) throw noChannels(name, obstacle)
  return command.run(rest, output)
}

function noChannels(name: string, obstacle: string): FunnelError {
  return new FunnelError(
    'FUNNEL_PLATFORM_UNSUPPORTED',
    `The command '${name}' needs a listener, and this is ${obstacle}, where the log is a plain file without one. ` +
      `To read it, use tail, query or timeline.`,
  )
}

function explain(error: unknown): number {
  if (error instanceof UsageError || isParseError(error)) {
    output.printError(`${error.message}. Try: pino-funnel --help`)
    return EXIT_USAGE
  }
  if (error instanceof FunnelError) {
    output.printError(error.message)
    return error.code === 'FUNNEL_CHANNEL_MISSING' ? EXIT_NO_CHANNEL : EXIT_FAILED
  }
  if (error instanceof Error && isOfSystem(error)) {
    output.printError(`${error.message}.${systemCure(error)}`)
    return EXIT_FAILED
  }
  output.printError(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return EXIT_FAILED
}

/** Such as EACCES. Codes of Node.js itself have an underscore. */
function isOfSystem(error: Error): boolean {
  return /^E[A-Z\d]+$/.test(systemCode(error) ?? '')
}

function isParseError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

/** Does what the command line of this process says. */
export async function runCommand(all: Commands): Promise<void> {
  process.exitCode = EXIT_FAILED
  const code = await exitCodeOf(process.argv.slice(2), all).catch(explain)
  process.exitCode = hasFailed ? EXIT_FAILED : code
}
