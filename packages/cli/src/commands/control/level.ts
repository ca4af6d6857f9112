import type { Channel } from '@pino-funnel/channel'
import { isLevelName, isWorkerText, ordersInForce, type GivenOrder } from '@pino-funnel/level'
import { gatherStatus } from '@pino-funnel/observe'
import { basename } from 'node:path'
import { findChannel, isDirectory } from '../../access/find-channel.ts'
import { UsageError } from '../../access/usage-error.ts'
import { parseSpan } from '../../access/time-option.ts'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Command, type Output } from '../command.ts'
import { followersText, orderText } from './level-answers.ts'
import { endOrdersOf, orderLevel } from './order-level.ts'

const DEFAULT_SPAN = '10m'
const DEFAULT_WAIT = '2s'

export const level: Command = {
  summary: 'change the level of running loggers for a time',
  help: `Usage: pino-funnel level [--for time] [--worker worker] [--wait time] [--back] <log file or directory> [level]

Lets loggers that follow log from this level on: those of pino-funnel/pool, and those
that were given to followLevel(). Their own levels come back by themselves when the
time is over, also when this command, its user and the listener are gone. Workers that
start meanwhile begin with the level. A record in the log says what has changed.
Without a level, shows what is in force.

  --for <time>         30s, 10m, 2h, 7d at most; ${DEFAULT_SPAN} by default
  --worker <worker>    a process, a thread or a slot of a pool: 9145, 9145-2, cluster:3
  --wait <time>        for the answers of workers; ${DEFAULT_WAIT} by default. One that is busy obeys later
  --back               ends what was ordered for this worker, log file or directory, before its time

Exit codes: 0 done, 1 no worker obeys now.`,
  async run(args, output) {
    const options = {
      for: { type: 'string', default: DEFAULT_SPAN },
      worker: { type: 'string' },
      wait: { type: 'string', default: DEFAULT_WAIT },
      back: { type: 'boolean' },
    } as const
    const { rest, values, ...target } = parseCommandLine(args, options, true)
    const [name, ...more] = rest
    if (more.length > 0) throw new UsageError(`There is one level; got '${rest.join(' ')}'`)
    const worker = workerIn(values.worker)
    const span = parseSpan('--for', values.for)
    const wait = parseSpan('--wait', values.wait)
    if (name !== undefined && !isLevelName(name))
      throw new UsageError(`A level is a name such as 'debug'; got '${name}'`)
    if (name !== undefined && values.back === true)
      throw new UsageError(`Option '--back' takes no level: each logger has its own again; got '${name}'`)
    const channel = findChannel(target)
    const file = isDirectory(target.path) ? null : basename(target.path)
    if (values.back === true) return takeBack(channel, worker, file, output)
    if (name === undefined) return show(channel, output)
    return report(channel, { level: name, worker, file, span }, wait, output)
  },
}

/** @throws UsageError */
function workerIn(text: string | undefined): string | null {
  if (text === undefined || isWorkerText(text)) return text ?? null
  throw new UsageError(
    `Option '--worker' must be a process, a thread or a slot of a pool: '9145', '9145-2' or 'cluster:3'; got '${text}'`,
  )
}

/** Prints what the workers have answered. */
async function report(channel: Channel, given: GivenOrder, wait: number, output: Output): Promise<number> {
  const { lines, isObeyed } = await orderLevel(channel, given, { wait })
  for (const line of lines) output.print(line)
  return isObeyed ? EXIT_OK : EXIT_FAILED
}

/** @param worker, file - `null` for all */
async function takeBack(channel: Channel, worker: string | null, file: string | null, output: Output): Promise<number> {
  for (const line of await endOrdersOf(channel, worker, file)) output.print(line)
  return EXIT_OK
}

async function show(channel: Channel, output: Output): Promise<number> {
  const orders = ordersInForce(channel)
  for (const order of orders) output.print(orderText(order))
  if (orders.length === 0) output.print('No level is ordered: each logger has its own.')
  output.print(followersText(await gatherStatus(channel)))
  return EXIT_OK
}
