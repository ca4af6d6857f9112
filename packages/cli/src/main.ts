/** The command line: `pino-funnel <command> <log file or directory>`. */
import { FunnelError, withNames } from '@pino-funnel/channel'
import {
  EXIT_FAILED,
  EXIT_NO_CHANNEL,
  EXIT_OK,
  EXIT_USAGE,
  UsageError,
  type Command,
  type Output,
} from './commands/command.ts'
import { doctor } from './commands/doctor.ts'
import { listen } from './commands/listen.ts'
import { recover } from './commands/recover.ts'
import { reopen } from './commands/reopen.ts'
import { rotate } from './commands/rotate.ts'
import { status } from './commands/status.ts'
import { stop } from './commands/stop.ts'

const COMMANDS: Readonly<Record<string, Command>> = { status, doctor, recover, rotate, reopen, stop, listen }

const HELP = `Usage: pino-funnel <command> <log file or directory>

${Object.entries(COMMANDS)
  .map(([name, command]) => `  ${name.padEnd(9)} ${command.summary}`)
  .join('\n')}

  pino-funnel <command> --help   explain a command

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no worker has logged there.`

const output: Output = {
  print: (text) => process.stdout.write(`${withNames(text)}\n`),
  printError: (text) => process.stderr.write(`pino-funnel: ${withNames(text)}\n`),
}

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    output.print(HELP)
    return name === undefined ? EXIT_USAGE : EXIT_OK
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) throw new UsageError(`Unknown command '${name}'`)
  if (rest.includes('--help') || rest.includes('-h')) {
    output.print(command.help)
    return EXIT_OK
  }
  return command.run(rest, output)
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
  output.printError(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return EXIT_FAILED
}

function isParseError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

main(process.argv.slice(2))
  .catch(explain)
  .then(
    (code) => (process.exitCode = code),
    () => (process.exitCode = EXIT_FAILED),
  )
