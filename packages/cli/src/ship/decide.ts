import { releaseHold } from '@pino-funnel/reader'
import { askShipper, holdName, leaveDecision, shipDirectory, wakeShipper, type Decision } from '@pino-funnel/ship'
import { existsSync, rmSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { findChannel } from '../access/find-channel.ts'
import { UsageError } from '../access/usage-error.ts'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Output } from '../commands/command.ts'

/** What an operator can decide; whether a position belongs to it. */
export const DECISIONS: Readonly<Record<string, { readonly takesPosition: boolean }>> = {
  begin: { takesPosition: false },
  adopt: { takesPosition: false },
  rewind: { takesPosition: true },
  skip: { takesPosition: true },
  drop: { takesPosition: false },
}

/** Leaves a decision for a shipper, which carries it out at once when it runs, and otherwise when it starts. */
export async function decide(action: string, args: string[], output: Output): Promise<number> {
  const { path, values } = parseCommandLine(args, { name: { type: 'string' }, to: { type: 'string' } })
  const { name, to } = values
  if (name === undefined) throw new UsageError(`Option '--name' is missing: which shipper`)
  const file = resolve(path)
  const channel = findChannel(file)
  const directory = shipDirectory(channel.directory, name, basename(file))
  try {
    if (!existsSync(directory)) {
      output.printError(`No shipper '${name}' of ${file} is known. See: pino-funnel ship status ${path}`)
      return EXIT_FAILED
    }
    const running = await askShipper(directory)
    if (action === 'drop') return drop(file, name, directory, running?.pid, output)
    leaveDecision(directory, decisionOf(action, to))
    await wakeShipper(directory)
    output.print(
      running && running.state === 'shipping'
        ? `Noted. The shipper (pid ${running.pid}) carries it out when it starts again: end it with SIGTERM.`
        : `Noted. The shipper carries it out when it next asks the engine.`,
    )
    return EXIT_OK
  } finally {
    channel.close()
  }
}

function decisionOf(action: string, to: string | undefined): Decision {
  if (action === 'begin' || action === 'adopt') return { action }
  if (to === undefined || !/^\d{1,15}$/.test(to))
    throw new UsageError(`Option '--to' must be a position, as 'ship status' shows it; got '${to ?? ''}'`)
  return { action: action === 'rewind' ? 'rewind' : 'skip', position: Number(to) }
}

function drop(file: string, name: string, directory: string, pid: number | undefined, output: Output): number {
  if (pid !== undefined) {
    output.printError(`The shipper '${name}' runs (pid ${pid}). End it first, and take it out of the options.`)
    return EXIT_FAILED
  }
  releaseHold(file, holdName(name))
  rmSync(directory, { recursive: true })
  output.print(`Forgot the shipper '${name}' of ${file}. Retention no longer spares anything for it.`)
  return EXIT_OK
}
