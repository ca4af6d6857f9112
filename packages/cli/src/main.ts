/** The command line: `pino-funnel <command> <log file or directory>`. */
import { FunnelError } from '@pino-funnel/channel'
import type { Command, Output } from './commands/command.ts'
import { doctor } from './commands/doctor.ts'
import { listen } from './commands/listen.ts'
import { recover } from './commands/recover.ts'
import { status } from './commands/status.ts'
import { reopen } from './commands/reopen.ts'
import { rotate } from './commands/rotate.ts'
import { stop } from './commands/stop.ts'
import { UsageError } from './access/find-channel.ts'
import { EXIT_FAILED, EXIT_NO_CHANNEL, EXIT_OK, EXIT_USAGE } from './commands/exit-codes.ts'

const COMMANDS: Readonly<Record<string, Command>> = { status, doctor, recover, rotate, reopen, stop, listen }

const HELP = `Usage: pino-funnel <command> <log file or directory>

${Object.entries(COMMANDS)
  .map(([name, command]) => `  ${name.padEnd(9)} ${command.summary}`)
  .join('\n')}

  pino-funnel <command> --help   more about a command

Exit codes: 0 done, 1 could not be done, 2 wrong usage, 3 nobody has logged there.`

const output: Output = {
  print: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`pino-funnel: ${text}\n`),
}

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    output.print(HELP)
    return name === undefined ? EXIT_USAGE : EXIT_OK
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) throw new UsageError(`there is no command '${name}'`)
  if (rest.includes('--help') || rest.includes('-h')) {
    output.print(command.help)
    return EXIT_OK
  }
  return command.run(rest, output)
}

function explain(error: unknown): number {
  if (error instanceof UsageError || isParseError(error)) {
    output.complain(`${error.message}. Try: pino-funnel --help`)
    return EXIT_USAGE
  }
  if (error instanceof FunnelError) {
    output.complain(error.message)
    return error.code === 'FUNNEL_CHANNEL_MISSING' ? EXIT_NO_CHANNEL : EXIT_FAILED
  }
  output.complain(error instanceof Error ? (error.stack ?? error.message) : String(error))
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
