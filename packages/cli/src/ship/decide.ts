import { extentOf, readPortions, releaseHold } from '@pino-funnel/reader'
import {
  askShipper,
  deleteState,
  holdName,
  isShipperName,
  leaveDecision,
  shipDirectory,
  wakeShipper,
  type Decision,
  type LogPlace,
} from '@pino-funnel/ship'
import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { asTyped, findChannel } from '../access/find-channel.ts'
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
  const { values, ...target } = parseCommandLine(args, { name: { type: 'string' }, to: { type: 'string' } })
  const { name, to } = values
  if (name === undefined) throw new UsageError(`Option '--name' is missing: which shipper`)
  if (!isShipperName(name)) throw new UsageError(`Option '--name' must be the name of a shipper; got '${name}'`)
  const file = resolve(target.path)
  const channel = findChannel(target)
  const directory = shipDirectory(channel.directory, name, basename(file))
  try {
    if (!existsSync(directory)) {
      output.printError(
        `No shipper '${name}' of ${file} is known. See: npx --no pino-funnel ship status ${asTyped(target)}`,
      )
      return EXIT_FAILED
    }
    const running = await askShipper(directory)
    const place = { file, channelDir: channel.root }
    if (action === 'drop') return await drop(place, { name, directory, pid: running?.pid }, output)
    const decision = decisionOf(action, to)
    if ('position' in decision) await refuseNoLine(place, decision.position)
    leaveDecision(directory, decision)
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

/** @throws FunnelError `FUNNEL_POSITION_UNKNOWN` when no line begins there */
async function refuseNoLine({ file, channelDir }: LogPlace, position: number): Promise<void> {
  const end = extentOf(file, { channelDir })?.end ?? 0
  if (position > end)
    throw new UsageError(`Option '--to' must be within the log, which ends at ${end}; got ${position}`)
  if (position === end) return
  // Files before it may be deleted.
  for await (const _ of readPortions(file, { from: position, channelDir, onGap: () => {} })) return
}

interface FoundShipper {
  readonly name: string
  /** Of its state. */
  readonly directory: string
  /** While it runs. */
  readonly pid: number | undefined
}

async function drop(
  { file, channelDir }: LogPlace,
  { name, directory, pid }: FoundShipper,
  output: Output,
): Promise<number> {
  const release = (): void => releaseHold(file, holdName(name), { channelDir })
  if (!(await deleteState(directory, release))) {
    const which = pid === undefined ? '' : ` (pid ${pid})`
    output.printError(`The shipper '${name}' runs${which}. End it first, and take it out of its configuration.`)
    return EXIT_FAILED
  }
  output.print(`Forgot the shipper '${name}' of ${file}. Retention no longer spares anything for it.`)
  return EXIT_OK
}
